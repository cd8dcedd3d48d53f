package org.lm4j.backend.cpu;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.job.Jobs;
import org.lm4j.backend.cpu.job.RowJob;
import org.lm4j.compute.NegativeSamples;
import org.lm4j.compute.composed.ComposedBackend;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/** The operations of a CPU whose rows are independent: losses, softmax and negative sampling. */
abstract class RowOperations extends ComposedBackend {
  RowOperations() {
    super(DType.F32, true);
  }

  abstract Jobs jobs();

  @Override
  public void negativeSampling(NegativeSamples samples, Tensor dx, Tensor lossSum) {
    rowChecks.negativeSampling(samples, dx, lossSum);
    lossSum.set(0, jobs().samples().differentiate(samples, dx));
  }

  @Override
  public void negativeSamplingUpdate(NegativeSamples samples, double alpha, Tensor table) {
    rowChecks.negativeSamplingUpdate(samples, table);
    jobs().samples().update(samples, (float) alpha, table);
  }

  @Override
  public void softmaxCrossEntropy(
      Tensor logits, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    loss("softmaxCrossEntropy", logits, targets, ignore, loss)
        .lossTo(loss.address(), ignore, (float) gradientScale)
        .loss(true, targets.size(), logits.shape().dim(1), logits.address(), targets.address());
  }

  @Override
  public void crossEntropy(Tensor logits, Tensor targets, int ignore, Tensor loss) {
    loss("crossEntropy", logits, targets, ignore, loss)
        .lossTo(loss.address(), ignore, 0)
        .loss(false, targets.size(), logits.shape().dim(1), logits.address(), targets.address());
  }

  @Override
  public void hinge(Tensor scores, Tensor targets, int ignore, double gradientScale, Tensor loss) {
    loss("hinge", scores, targets, ignore, loss)
        .lossTo(loss.address(), ignore, (float) gradientScale)
        .hinge(targets.size(), scores.shape().dim(1), scores.address(), targets.address());
  }

  private RowJob loss(String operation, Tensor scores, Tensor targets, int ignore, Tensor loss) {
    rowChecks.loss(operation, scores, targets, ignore, loss);
    return jobs().rows;
  }

  @Override
  public void softmax(Tensor x, @Nullable Tensor lengths, Tensor y) {
    rowChecks.softmax(x, lengths, y);
    long at = lengths == null ? 0 : lengths.address();
    jobs().rows.softmax(x.shape().dim(0), x.shape().dim(1), x.address(), at, y.address());
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
    rowChecks.softmaxBackward(y, dy, dx);
    jobs()
        .rows
        .softmaxBackward(
            y.shape().dim(0), y.shape().dim(1), y.address(), dy.address(), dx.address());
  }
}
