package org.lm4j.task.classify;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.SoleUse;
import org.lm4j.model.Padding;
import org.lm4j.nn.Workspaces;
import org.lm4j.tensor.Tensor;

/**
 * Forward and backward passes of a classifier over one batch after the other. Keeps the activations
 * of each shape it met, so that nothing is allocated once all shapes were seen.
 */
public final class TextClassifierWorkspaces implements AutoCloseable {
  private final SoleUse use = new SoleUse("the passes");
  private final boolean pairs;
  private final Workspaces<Shape, TextClassifierBatch> batches;
  private @Nullable TextClassifierBatch current;

  private record Shape(int steps, int batch) {}

  TextClassifierWorkspaces(TextClassifierNetwork classifier, boolean training) {
    this.pairs = classifier.config().readsPairs();
    this.batches =
        new Workspaces<>(
            shape -> new TextClassifierBatch(classifier, shape.steps, shape.batch, training),
            TextClassifierBatch::close);
  }

  void load(TextClassifierText.Input input) {
    try (SoleUse.Use _ = use.begin()) {
      current = batches.of(new Shape(input.steps, input.targets.length));
      current.load(input);
    }
  }

  /** Loads texts for classification; -1 for an empty one. */
  public void load(TextClassifierText texts, int[] chosen) {
    load(texts.input(chosen, null, Padding.USUAL, pairs));
  }

  /** Loads texts for training, with some of the words seen once replaced by {@code <unk>}. */
  public void load(TextClassifierText texts, int[] chosen, RandomKey key) {
    load(texts.input(chosen, key, Padding.USUAL, pairs));
  }

  /** Returns the scores of the classes of the batch loaded, {@code (B, C)}; nothing is dropped. */
  public Tensor scores() {
    try (SoleUse.Use _ = use.resume()) {
      return loaded().forward(null);
    }
  }

  /**
   * Returns the losses of the {@link #scores} just computed, {@code (B)}, 0 where no class is
   * known.
   */
  public Tensor losses() {
    try (SoleUse.Use _ = use.resume()) {
      return loaded().losses();
    }
  }

  /**
   * Accumulates the gradients of the mean loss over the batch loaded.
   *
   * @param scored number of texts whose class is known
   * @param lossSum {@code (1)}; overwritten with the sum of the losses
   */
  public void train(RandomKey key, int scored, Tensor lossSum) {
    try (SoleUse.Use _ = use.resume()) {
      loaded().forward(key);
      loaded().backward(key, scored, lossSum);
    }
  }

  private TextClassifierBatch loaded() {
    return Objects.requireNonNull(current, "no batch was loaded");
  }

  @Override
  public void close() {
    if (use.end()) {
      batches.close();
    }
  }
}
