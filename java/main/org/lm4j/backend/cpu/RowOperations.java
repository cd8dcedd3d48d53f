package org.lm4j.backend.cpu;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.job.Jobs;
import org.lm4j.backend.cpu.job.RowJob;
import org.lm4j.backend.cpu.job.UpdateJob;
import org.lm4j.compute.NegativeSamples;
import org.lm4j.compute.RowChecks;
import org.lm4j.compute.composed.ComposedBackend;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/**
 * The operations of a CPU on rows: bias, embedding, sequences, losses, softmax, negative sampling,
 * and optimizer steps over some rows of tables.
 */
abstract class RowOperations extends ComposedBackend {
  RowOperations() {
    super(DType.F32, true);
  }

  abstract Jobs jobs();

  @Override
  public void copySequences(Tensor source, Tensor lengths, boolean reversed, Tensor target) {
    rowChecks.copySequences(source, lengths, target);
    jobs()
        .rows
        .sequences(source.shape().dim(0), source.shape().dim(1), reversed)
        .copySequences(
            target.shape().dim(0),
            target.shape().dim(2),
            source.address(),
            lengths.address(),
            target.address());
  }

  @Override
  public void addBias(Tensor bias, Tensor y) {
    rowChecks.addBias(bias, y);
    jobs().rows.addBias(y.shape().dim(0), y.shape().dim(1), bias.address(), y.address());
  }

  @Override
  public void biasGradient(Tensor dy, Tensor db) {
    rowChecks.biasGradient(dy, db);
    int columns = dy.shape().dim(1);
    jobs().rows.biasGradient(dy.shape().dim(0), columns, dy.address(), columns, db.address());
  }

  @Override
  public void embed(Tensor table, Tensor ids, Tensor out) {
    checks.embed(table, ids, out);
    jobs()
        .rows
        .embed(ids.size(), table.shape().dim(1), table.address(), ids.address(), out.address());
  }

  @Override
  public void embedBackward(Tensor dOut, Tensor ids, Tensor dTable) {
    checks.embedBackward(dOut, ids, dTable);
    jobs()
        .rows
        .embedBackward(
            ids.size(), dTable.shape().dim(1), dOut.address(), ids.address(), dTable.address());
  }

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

  @Override
  public void gradientNorm(SparseGradient g, double maxNorm, Tensor out) {
    checks.gradientNorm(g.flat(), maxNorm, out);
    RowChecks.sparse("gradientNorm", g);
    long flat = g.flat().address();
    double squares = 0;
    for (SparseGradient.Range range : g.ranges()) {
      squares += jobs().reduction.run(true, range.size(), flat + range.from() * Float.BYTES);
    }
    for (SparseGradient.Table table : g.tables()) {
      squares += jobs().reduction.squares(table, flat);
    }
    double norm = Math.sqrt(squares);
    out.set(0, norm);
    out.set(1, Math.min(1, maxNorm / (norm + 1e-6)));
  }

  @Override
  public void update( // as the interface has it
      UpdateRule rule,
      Tensor w,
      SparseGradient g,
      List<Tensor> moments,
      @Nullable Tensor gradientScale,
      double learningRate,
      long step) {
    checks.update(rule, w, g.flat(), moments, gradientScale, step);
    RowChecks.sparse("update", g);
    RowChecks.keeps(rule);
    float scale = gradientScale == null ? 1 : (float) gradientScale.get(1);
    long weights = w.address();
    long gradient = g.flat().address();
    long first = moments.isEmpty() ? 0 : moments.get(0).address();
    UpdateJob job = jobs().update.by(rule, scale, learningRate, step);
    for (SparseGradient.Range range : g.ranges()) {
      long at = range.from() * Float.BYTES;
      job.run(range.size(), weights + at, gradient + at, first == 0 ? 0 : first + at, 0);
    }
    for (SparseGradient.Table table : g.tables()) {
      job.run(table, weights, gradient, first, 0);
    }
  }
}
