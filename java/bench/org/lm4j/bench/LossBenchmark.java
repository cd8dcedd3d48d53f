package org.lm4j.bench;

import java.util.function.UnaryOperator;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Softmax and cross-entropy of {@code n} rows of {@code V} logits. */
public class LossBenchmark extends CpuState {
  // Per logit: maximum, difference, exp, sum; for the gradient also the product with its scale.
  private static final double LOSS_FLOP = 4;
  private static final double GRADIENT_FLOP = 5;

  /** Logits of char-rnn, simple-rnnlm, ptb-small, ptb-medium, a block of wikitext-2's. */
  @Param({"2500x65", "50x418", "400x10000", "700x10000", "252x33278"})
  public String size = "1x1";

  private Tensor logits;
  private Tensor targets;
  private Tensor loss;

  @Override
  void prepare() {
    int[] dims = Sizes.parse(size, 2);
    logits = numbers(dims);
    targets = ids(dims[0], dims[1]);
    loss = zeros(dims[0]);
  }

  /** Loss and gradient in place: from the second time on, the gradient's numbers are the logits. */
  @Benchmark
  public void softmaxCrossEntropy() {
    backend().softmaxCrossEntropy(logits, targets, SoftmaxOutput.IGNORE, 1, loss);
  }

  /** Loss alone. */
  @Benchmark
  public void crossEntropy() {
    backend().crossEntropy(logits, targets, SoftmaxOutput.IGNORE, loss);
  }

  static Work work(String method, UnaryOperator<String> parameter) {
    int[] dims = Sizes.parse(parameter.apply("size"), 2);
    double logits = (double) dims[0] * dims[1];
    return method.equals("crossEntropy")
        ? Work.ofFloats(LOSS_FLOP * logits, logits + 2.0 * dims[0])
        : Work.ofFloats(GRADIENT_FLOP * logits, 2 * logits + 2.0 * dims[0]);
  }
}
