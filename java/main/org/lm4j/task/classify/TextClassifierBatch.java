package org.lm4j.task.classify;

import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.MeanPooling;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.SequenceEncoder;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.tensor.Tensor;

/**
 * The activations of a classifier over {@code B} texts, or pairs of texts, padded to {@code T}
 * words. Of pairs the encoder reads {@code N = 2B} sequences, the first texts and then the second
 * ones; of texts {@code N = B}.
 */
final class TextClassifierBatch implements AutoCloseable {
  /** The features of a pair for each element of the representation of one text. */
  static final int FEATURES = 4;

  private final TextClassifierNetwork classifier;
  private final Backend backend;
  private final OwnedTensors owned;
  private final int places; // T·N
  private final int sequences; // N
  private final int batch; // B

  private final Tensor ids; // I32 (T·N)
  private final Tensor lengths; // I32 (N)
  private final Tensor targets; // I32 (B)
  private final Tensor x; // (T, N, D)
  private final SequenceEncoder.Activations activations;
  private final @Nullable MeanPooling mean;
  private final Tensor pooled; // (N, W)
  private final @Nullable PairFeatures pairs;
  private final Tensor scored; // (B, W), or (B, 4W) of pairs
  private final Tensor dropped; // the same after dropout, or the same itself
  private final Tensor scores; // (B, C)
  private final Tensor losses; // (B)
  private final @Nullable Tensor dScored; // (B, W), or (B, 4W) of pairs
  private final @Nullable Tensor dPooled; // (N, W)
  private final @Nullable Tensor dOutputs; // (T, N, W); null if final states are pooled
  private final @Nullable Tensor dx; // (T, N, D)

  TextClassifierBatch(TextClassifierNetwork classifier, int steps, int batch, boolean training) {
    this.classifier = classifier;
    this.backend = classifier.backend();
    this.owned = new OwnedTensors(backend);
    this.batch = batch;
    TextClassifierConfig config = classifier.config();
    this.sequences = config.readsPairs() ? Math.multiplyExact(2, batch) : batch;
    this.places = Math.multiplyExact(steps, sequences);
    int width = classifier.pooledWidth();
    boolean means = config.pooled() == Pooling.MEAN;
    this.ids = owned.ids(places);
    this.lengths = owned.ids(sequences);
    this.targets = owned.ids(batch);
    this.x = owned.floats(steps, sequences, config.encoder().embedding());
    this.activations = classifier.encoder().activations(steps, sequences, training);
    this.mean = means ? new MeanPooling(backend, steps, sequences, width) : null;
    this.pooled = means ? owned.floats(sequences, width) : activations.last();
    this.pairs = config.readsPairs() ? new PairFeatures(batch, width) : null;
    this.scored = pairs == null ? pooled : owned.floats(batch, config.scoredWidth());
    boolean drops = training && classifier.outputDropout().active();
    this.dropped = drops ? owned.floats(batch, config.scoredWidth()) : scored;
    this.scores = owned.floats(batch, config.classes());
    this.losses = owned.floats(batch);
    this.dScored = training ? owned.floats(batch, config.scoredWidth()) : null;
    this.dPooled = pairs != null && training ? owned.floats(sequences, width) : dScored;
    this.dOutputs = training && means ? owned.floats(steps, sequences, width) : null;
    this.dx = training ? owned.floats(steps, sequences, config.encoder().embedding()) : null;
  }

  private Tensor rows(Tensor sequence) {
    return sequence.reshape(places, sequence.shape().dim(2));
  }

  void load(TextClassifierText.Input input) {
    backend.upload(input.words, 0, places, ids);
    backend.upload(input.lengths, 0, sequences, lengths);
    backend.upload(input.targets, 0, batch, targets);
  }

  /**
   * Computes the scores, {@code (B, C)}.
   *
   * @param key what dropout draws from; null if nothing is dropped
   */
  Tensor forward(@Nullable RandomKey key) {
    classifier.words().forward(ids, rows(x));
    if (key != null && classifier.inputDropout().active()) {
      classifier.inputDropout().forward(x, x, key);
    }
    classifier.encoder().forward(activations, x, lengths, key);
    if (mean != null) {
      mean.forward(activations.outputs(), lengths, pooled);
    }
    if (pairs != null) {
      pairs.forward();
    }
    if (key != null && classifier.outputDropout().active()) {
      classifier.outputDropout().forward(scored, dropped, key);
    }
    classifier.output().forward(dropped, scores);
    return scores;
  }

  /**
   * Returns the losses of the {@link #forward} pass, {@code (B)}, 0 where the class is not known.
   */
  Tensor losses() {
    backend.crossEntropy(scores, targets, SoftmaxOutput.IGNORE, losses);
    return losses;
  }

  /**
   * Accumulates the gradients after a forward pass; this overwrites the scores.
   *
   * @param scored number of texts whose class is known
   * @param lossSum {@code (1)}; overwritten
   */
  void backward(RandomKey key, int scored, Tensor lossSum) {
    if (dScored == null || dPooled == null || dx == null) {
      throw new IllegalStateException("these activations were made for evaluation");
    }
    backend.softmaxCrossEntropy(scores, targets, SoftmaxOutput.IGNORE, 1.0 / scored, losses);
    backend.sum(losses, lossSum);
    classifier.output().backward(dropped, scores, dScored);
    if (classifier.outputDropout().active()) {
      classifier.outputDropout().backward(dScored, dScored, key);
    }
    if (pairs != null) {
      pairs.backward(dScored, dPooled);
    }
    if (mean != null && dOutputs != null) {
      mean.backward(dPooled, dOutputs);
    }
    classifier.encoder().backward(activations, dOutputs, mean == null ? dPooled : null, dx);
    if (classifier.inputDropout().active()) {
      classifier.inputDropout().backward(dx, dx, key);
    }
    if (!classifier.config().frozenWords()) {
      classifier.words().backward(ids, rows(dx));
    }
  }

  /**
   * The features from which the classes of a pair are scored, {@code [u; v; |u - v|; u ⊙ v]}, where
   * {@code u} and {@code v} represent its two texts. The absolute value is {@code relu(u - v) +
   * relu(v - u)}, so that its derivative at 0 is 0.
   */
  private final class PairFeatures {
    private final int width; // W
    private final Tensor firsts; // I32 (B): rows of the first texts
    private final Tensor seconds; // I32 (B)
    private final Tensor u; // (B, W)
    private final Tensor v; // (B, W)
    private final Tensor above; // (B, W): relu(u - v)
    private final Tensor below; // (B, W): relu(v - u)
    private final Tensor part; // (B, W)
    private final Tensor other; // (B, W)
    private final Tensor du; // (B, W)
    private final Tensor dv; // (B, W)

    PairFeatures(int batch, int width) {
      this.width = width;
      this.firsts = rows(0, batch);
      this.seconds = rows(batch, batch);
      this.u = owned.floats(batch, width);
      this.v = owned.floats(batch, width);
      this.above = owned.floats(batch, width);
      this.below = owned.floats(batch, width);
      this.part = owned.floats(batch, width);
      this.other = owned.floats(batch, width);
      this.du = owned.floats(batch, width);
      this.dv = owned.floats(batch, width);
    }

    private Tensor rows(int from, int count) {
      Tensor rows = owned.ids(count);
      backend.upload(IntStream.range(from, from + count).toArray(), 0, count, rows);
      return rows;
    }

    /** Computes {@code scored} from {@code pooled}. */
    void forward() {
      backend.embed(pooled, firsts, u);
      backend.embed(pooled, seconds, v);
      difference(u, v, above);
      difference(v, u, below);
      backend.copy(above, part);
      backend.axpy(1, below, part);
      backend.copyColumns(u, 0, scored, 0, width);
      backend.copyColumns(v, 0, scored, width, width);
      backend.copyColumns(part, 0, scored, 2 * width, width);
      backend.multiply(u, v, part);
      backend.copyColumns(part, 0, scored, 3 * width, width);
    }

    /** Computes {@code y = relu(a - b)}. */
    private void difference(Tensor a, Tensor b, Tensor y) {
      backend.copy(a, part);
      backend.axpy(-1, b, part);
      backend.activate(Activation.RELU, part, y);
    }

    /**
     * Computes the gradient of {@code pooled} from that of {@code scored}, overwriting the former.
     */
    void backward(Tensor dScored, Tensor dPooled) {
      backend.copyColumns(dScored, 0, du, 0, width);
      backend.copyColumns(dScored, width, dv, 0, width);
      backend.copyColumns(dScored, 2 * width, part, 0, width);
      backend.activateBackward(Activation.RELU, above, part, other);
      backend.axpy(1, other, du);
      backend.axpy(-1, other, dv);
      backend.activateBackward(Activation.RELU, below, part, other);
      backend.axpy(-1, other, du);
      backend.axpy(1, other, dv);
      backend.copyColumns(dScored, 3 * width, part, 0, width);
      backend.multiply(part, v, other);
      backend.axpy(1, other, du);
      backend.multiply(part, u, other);
      backend.axpy(1, other, dv);
      backend.fill(dPooled, 0);
      backend.embedBackward(du, firsts, dPooled);
      backend.embedBackward(dv, seconds, dPooled);
    }
  }

  @Override
  public void close() {
    if (mean != null) {
      mean.close();
    }
    activations.close();
    owned.close();
  }
}
