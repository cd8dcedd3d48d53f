package org.lm4j.bench;

import java.util.function.UnaryOperator;
import org.lm4j.compute.Activation;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Operations on the elements of {@code m} rows by {@code n} columns. */
public class ElementBenchmark extends CpuState {
  private static final int SITE = 1;

  /** Logits of char-rnn and of ptb-small, outputs of char-rnn and ptb-medium, gates of char-512. */
  @Param({"2500x65", "400x10000", "2500x128", "700x650", "4096x2048"})
  public String size = "1x1";

  private final RandomKey key = new RandomKey(1, 1);
  private Tensor x;
  private Tensor y;
  private Tensor bias;
  private Tensor biasGradient;

  @Override
  void prepare() {
    int[] dims = Sizes.parse(size, 2);
    x = numbers(dims);
    y = zeros(dims);
    bias = numbers(dims[1]);
    biasGradient = zeros(dims[1]);
  }

  /** To each row. */
  @Benchmark
  public void addBias() {
    backend().addBias(bias, y);
  }

  /** Sums of the columns. */
  @Benchmark
  public void biasGradient() {
    backend().biasGradient(x, biasGradient);
  }

  /** Of every element. */
  @Benchmark
  public void sigmoid() {
    backend().activate(Activation.SIGMOID, x, y);
  }

  /** Of every element. */
  @Benchmark
  public void tanh() {
    backend().activate(Activation.TANH, x, y);
  }

  /** With p = 0.5; drawing the mask is integer arithmetic, which is not counted. */
  @Benchmark
  public void dropout() {
    backend().dropout(x, y, 0.5, key, SITE);
  }

  static Work work(String method, UnaryOperator<String> parameter) {
    int[] dims = Sizes.parse(parameter.apply("size"), 2);
    double columns = dims[1];
    double elements = dims[0] * columns;
    return switch (method) {
      case "addBias" -> Work.ofFloats(elements, 2 * elements + columns);
      case "biasGradient" -> Work.ofFloats(elements, elements + 2 * columns);
      default -> Work.ofFloats(elements, 2 * elements);
    };
  }
}
