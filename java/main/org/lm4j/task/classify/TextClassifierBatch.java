package org.lm4j.task.classify;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.MeanPooling;
import org.lm4j.nn.SequenceEncoder;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.tensor.Tensor;

/** The activations of a classifier over {@code B} texts padded to {@code T} words. */
final class TextClassifierBatch implements AutoCloseable {
  private final TextClassifierNetwork classifier;
  private final Backend backend;
  private final List<Tensor> owned = new ArrayList<>();
  private final int places; // T·B
  private final int batch;

  private final Tensor ids; // I32 (T·B)
  private final Tensor lengths; // I32 (B)
  private final Tensor targets; // I32 (B)
  private final Tensor x; // (T, B, D)
  private final SequenceEncoder.Activations activations;
  private final @Nullable MeanPooling mean;
  private final Tensor pooled; // (B, W)
  private final Tensor dropped; // (B, W): pooled after dropout, or pooled itself
  private final Tensor scores; // (B, C)
  private final Tensor losses; // (B)
  private final @Nullable Tensor dPooled; // (B, W)
  private final @Nullable Tensor dOutputs; // (T, B, W); null if final states are pooled
  private final @Nullable Tensor dx; // (T, B, D)

  TextClassifierBatch(TextClassifierNetwork classifier, int steps, int batch, boolean training) {
    this.classifier = classifier;
    this.backend = classifier.backend();
    this.batch = batch;
    this.places = Math.multiplyExact(steps, batch);
    TextClassifierConfig config = classifier.config();
    int width = classifier.pooledWidth();
    boolean means = config.pooled() == Pooling.MEAN;
    this.ids = ownIds(places);
    this.lengths = ownIds(batch);
    this.targets = ownIds(batch);
    this.x = own(steps, batch, config.encoder().embedding());
    this.activations = classifier.encoder().activations(steps, batch, training);
    this.mean = means ? new MeanPooling(backend, steps, batch, width) : null;
    this.pooled = means ? own(batch, width) : activations.last();
    boolean drops = training && classifier.outputDropout().active();
    this.dropped = drops ? own(batch, width) : pooled;
    this.scores = own(batch, config.classes());
    this.losses = own(batch);
    this.dPooled = training ? own(batch, width) : null;
    this.dOutputs = training && means ? own(steps, batch, width) : null;
    this.dx = training ? own(steps, batch, config.encoder().embedding()) : null;
  }

  private Tensor own(int... dims) {
    Tensor tensor = backend.allocate(dims);
    owned.add(tensor);
    return tensor;
  }

  private Tensor ownIds(int count) {
    Tensor tensor = backend.allocateIds(count);
    owned.add(tensor);
    return tensor;
  }

  private Tensor rows(Tensor sequence) {
    return sequence.reshape(places, sequence.shape().dim(2));
  }

  void load(TextClassifierText.Input input) {
    backend.upload(input.words, 0, places, ids);
    backend.upload(input.lengths, 0, batch, lengths);
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
    if (key != null && classifier.outputDropout().active()) {
      classifier.outputDropout().forward(pooled, dropped, key);
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
    if (dPooled == null || dx == null) {
      throw new IllegalStateException("these activations were made for evaluation");
    }
    backend.softmaxCrossEntropy(scores, targets, SoftmaxOutput.IGNORE, 1.0 / scored, losses);
    backend.sum(losses, lossSum);
    classifier.output().backward(dropped, scores, dPooled);
    if (classifier.outputDropout().active()) {
      classifier.outputDropout().backward(dPooled, dPooled, key);
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

  @Override
  public void close() {
    if (mean != null) {
      mean.close();
    }
    activations.close();
    owned.forEach(tensor -> tensor.storage().close());
  }
}
