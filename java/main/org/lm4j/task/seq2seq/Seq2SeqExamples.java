package org.lm4j.task.seq2seq;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Examples;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;

/** Pairs, for a translator. The loss is the mean over the tokens of targets, ends included. */
final class Seq2SeqExamples implements Examples {
  private final Seq2SeqData training;
  private final @Nullable Seq2SeqData validation;
  private final String hash;
  private final Seq2SeqWorkspaces batches;
  private final Seq2SeqWorkspaces validating; // nothing is dropped out there

  // Of the step that is prepared.
  private @Nullable Seq2SeqBatch batch;
  private @Nullable RandomKey key;

  /**
   * For a translator, which stays the caller's.
   *
   * @param rows the most pairs of a step
   */
  Seq2SeqExamples(
      Seq2SeqNetwork translator, Seq2SeqData training, @Nullable Seq2SeqData validation, int rows) {
    this.training = training;
    this.validation = validation;
    this.hash = training.hash();
    this.batches = new Seq2SeqWorkspaces(translator, Math.min(rows, training.count()), true);
    this.validating = new Seq2SeqWorkspaces(translator, batches.rows(), false);
  }

  @Override
  public int count() {
    return training.count();
  }

  @Override
  public int length(int example) {
    return training.length(example);
  }

  @Override
  public String hash() {
    return hash;
  }

  @Override
  public @Nullable String validationHash() {
    return validation == null ? null : validation.hash();
  }

  @Override
  public String name() {
    return training.name();
  }

  @Override
  public Unit counted() {
    return Unit.TOKENS;
  }

  @Override
  public int prepare(int[] chosen, RandomKey randomKey) {
    int[][] sources = training.sources(chosen);
    int[][] targets = training.targets(chosen);
    Seq2SeqBatch now = batches.of(sources, targets);
    batch = now;
    key = randomKey;
    return now.load(sources, targets);
  }

  @Override
  public void compute(Tensor lossSum) {
    Objects.requireNonNull(batch).train(Objects.requireNonNull(key), lossSum);
  }

  @Override
  public boolean validates() {
    return validation != null;
  }

  @Override
  public TrainingTask.Validation validate() {
    if (validation == null) {
      throw new IllegalStateException("there are no pairs to validate on");
    }
    return Seq2SeqScorer.score(validating, validation);
  }

  @Override
  public void close() {
    batches.close();
    validating.close();
  }
}
