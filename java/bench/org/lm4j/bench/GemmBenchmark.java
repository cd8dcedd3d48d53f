package org.lm4j.bench;

import java.util.function.UnaryOperator;
import org.lm4j.compute.GemmOp;
import org.lm4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * The three products of a dense layer of {@code m} rows, {@code n} outputs and {@code k} inputs:
 * forward (NT), gradient of the input (NN), gradient of the weights (TN).
 */
public class GemmBenchmark extends CpuState {
  /**
   * {@code m x n x k}: output layers of char-rnn, gru-char, simple-rnnlm, ptb-small, ptb-medium and
   * a block of wikitext-2's; input products of char-rnn and char-512; a step's recurrent product.
   */
  @Param({
    "2500x65x128",
    "2048x65x256",
    "50x418x100",
    "400x10000x200",
    "700x10000x650",
    "252x33278x200",
    "2500x512x65",
    "4096x2048x512",
    "64x2048x512",
    "1x512x128"
  })
  public String size = "1x1x1";

  private Tensor x;
  private Tensor w;
  private Tensor y;
  private Tensor dx;
  private Tensor dw;

  @Override
  void prepare() {
    int[] dims = Sizes.parse(size, 3);
    x = numbers(dims[0], dims[2]);
    w = numbers(dims[1], dims[2]);
    y = numbers(dims[0], dims[1]);
    dx = zeros(dims[0], dims[2]);
    dw = zeros(dims[1], dims[2]);
  }

  /** {@code y = x · wᵀ}. */
  @Benchmark
  public void nt() {
    backend().gemm(GemmOp.NT, 1, x, w, 0, y);
  }

  /** {@code dx = dy · w}. */
  @Benchmark
  public void nn() {
    backend().gemm(GemmOp.NN, 1, y, w, 0, dx);
  }

  /** {@code dw += dyᵀ · x}. */
  @Benchmark
  public void tn() {
    backend().gemm(GemmOp.TN, 1, y, x, 1, dw);
  }

  static Work work(String method, UnaryOperator<String> parameter) {
    int[] dims = Sizes.parse(parameter.apply("size"), 3);
    double m = dims[0];
    double n = dims[1];
    double k = dims[2];
    double again = method.equals("tn") ? n * k : 0; // what is added to is read as well
    return Work.ofFloats(2 * m * n * k, m * k + n * k + m * n + again);
  }
}
