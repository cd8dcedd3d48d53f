package org.lm4j.bench;

import java.util.List;
import java.util.function.UnaryOperator;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The optimizer's passes over a flat buffer. Gradients are zero, as a pass leaves them. */
public class UpdateBenchmark extends CpuState {
  private static final UpdateRule SGD = new UpdateRule.Sgd(0, false, 0);
  private static final UpdateRule ADAM = new UpdateRule.Adam(0.9, 0.999, 1e-8, 0, false);
  private static final double RATE = 1e-3;
  private static final long STEP = 1000;

  // Per weight: clipping and the rule's equations.
  private static final double SGD_FLOP = 3;
  private static final double ADAM_FLOP = 14;

  /** About the weights of simple-rnnlm, char-rnn, char-512, wikitext-2. */
  @Param({"96000", "252000", "4266000", "13953000"})
  public String size = "1";

  private Tensor weights;
  private Tensor gradients;
  private Tensor numbers;
  private List<Tensor> moments = List.of();
  private Tensor norm;

  @Override
  void prepare() {
    int count = Sizes.parse(size, 1)[0];
    weights = numbers(count);
    gradients = zeros(count);
    numbers = numbers(count);
    moments = List.of(zeros(count), zeros(count));
    norm = zeros(2);
    backend().fill(norm, 1);
  }

  /** The norm and the factor that clips it. */
  @Benchmark
  public void gradientNorm() {
    backend().gradientNorm(numbers, 5, norm);
  }

  /** Plain SGD. */
  @Benchmark
  public void sgd() {
    backend().update(SGD, weights, gradients, List.of(), norm, RATE, STEP);
  }

  /** Adam. */
  @Benchmark
  public void adam() {
    backend().update(ADAM, weights, gradients, moments, norm, RATE, STEP);
  }

  static Work work(String method, UnaryOperator<String> parameter) {
    double count = Sizes.parse(parameter.apply("size"), 1)[0];
    return switch (method) {
      case "gradientNorm" -> Work.ofFloats(2 * count, count);
      case "sgd" -> Work.ofFloats(SGD_FLOP * count, 4 * count);
      default -> Work.ofFloats(ADAM_FLOP * count, 8 * count);
    };
  }
}
