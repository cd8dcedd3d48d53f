package org.lm4j.task.embed;

import org.lm4j.compute.Backend;
import org.lm4j.compute.SoleUse;
import org.lm4j.nn.Affine;
import org.lm4j.nn.Embedding;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.tensor.Tensor;

/**
 * A workspace for pairs of a word w and a context word c, each with the loss {@code -log p(c | w)},
 * where {@code p(c | w) = exp(u_c · v_w) / Σ exp(u_j · v_w)} over the whole vocabulary: equations 1
 * and 2 of Mikolov et al., 2013. It consists of an embedding and an output layer without bias; all
 * activations are allocated once and reused.
 */
public final class SoftmaxPairs implements AutoCloseable {
  private final SoleUse use = new SoleUse("the pairs");
  private final Backend backend;
  private final Embedding embedding;
  private final OwnedTensors owned;
  private final Tensor words; // I32 (N)
  private final Tensor near; // I32 (N)
  private final Tensor x; // (N, D)
  private final Tensor dx; // (N, D)
  private final Tensor losses; // (N)
  private final SoftmaxOutput output;

  /** Creates a workspace for {@code rows} pairs N. */
  public SoftmaxPairs(SkipGram model, int rows) {
    this.backend = model.backend();
    this.owned = new OwnedTensors(backend);
    Parameters parameters = model.parameters();
    int dimension = model.config().dimension();
    this.embedding = new Embedding(backend, parameters.get(SkipGram.INPUT));
    this.words = owned.ids(rows);
    this.near = owned.ids(rows);
    this.x = owned.floats(rows, dimension);
    this.dx = owned.floats(rows, dimension);
    this.losses = owned.floats(rows);
    this.output =
        new SoftmaxOutput(
            backend,
            new Affine(backend, parameters.get(SkipGram.OUTPUT), null),
            model.config().vocabulary(),
            x,
            dx,
            near,
            losses);
  }

  /** Returns the number of pairs N. */
  public int rows() {
    return words.shape().dim(0);
  }

  /**
   * Loads pairs.
   *
   * @param wordIds {@code N}
   * @param nearIds {@code N}, or {@link SoftmaxOutput#IGNORE} if there is no pair
   */
  public void load(int[] wordIds, int[] nearIds) {
    try (SoleUse.Use _ = use.begin()) {
      backend.upload(wordIds, 0, rows(), words);
      backend.upload(nearIds, 0, rows(), near);
    }
  }

  /** Writes the sum of the losses to {@code lossSum (1)}. */
  public void loss(Tensor lossSum) {
    try (SoleUse.Use _ = use.resume()) {
      embedding.forward(words, x);
      output.loss();
      backend.sum(losses, lossSum);
    }
  }

  /**
   * Accumulates the gradients of the mean loss.
   *
   * @param pairs the number of actual pairs among the N, at least 1
   * @param lossSum {@code (1)}; overwritten with the sum of the losses
   */
  public void train(int pairs, Tensor lossSum) {
    try (SoleUse.Use _ = use.resume()) {
      embedding.forward(words, x);
      output.lossAndGradient(1.0 / pairs);
      backend.sum(losses, lossSum);
      embedding.backward(words, dx);
    }
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    output.close();
    owned.close();
  }
}
