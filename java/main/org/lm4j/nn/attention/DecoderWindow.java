package org.lm4j.nn.attention;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnState;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.TemporalAffine;
import org.lm4j.tensor.Tensor;

/**
 * A workspace for an {@link AttentionDecoder} over {@code B} known sequences of up to {@code T}
 * words: all activations, allocated once and reused for any number of windows of up to T steps.
 *
 * <pre>{@code
 * fill window.initial();
 * window.prepare(memory, lengths);                 // with attention
 * window.forward(steps, words, key);
 * turn window.scores(steps) into their gradient;   // as TemporalSoftmaxLoss does
 * window.backward(steps, key);
 * continue from window.initialGradient(), window.memoryGradient();
 * }</pre>
 */
public final class DecoderWindow implements AutoCloseable {
  private final AttentionDecoder decoder;
  private final Backend backend;
  private final AttentionDecoder.Extent extent;
  private final TemporalAffine output;
  private final OwnedTensors owned;
  private final DecoderRecurrence recurrence;

  private final Tensor ids; // I32 (T·B)
  private final Tensor embedded; // (T, B, D)
  private final Tensor dropped; // (T, B, H): hidden after dropout, or hidden itself
  private final Tensor scores; // (T, B, V)
  private final @Nullable Tensor dHidden; // (T, B, H)
  private final @Nullable Tensor dEmbedded; // (T, B, D)

  DecoderWindow(
      AttentionDecoder decoder,
      AttentionDecoder.Extent extent,
      boolean training,
      boolean ofMemory) {
    this.decoder = decoder;
    this.backend = decoder.backend();
    this.extent = extent;
    this.output = new TemporalAffine(decoder.output());
    this.owned = new OwnedTensors(backend);
    SoftAttention attention = decoder.attention();
    int steps = extent.steps();
    int batch = extent.batch();
    this.recurrence =
        attention == null
            ? new WholeRecurrence(decoder, steps, batch, training)
            : new AttendingRecurrence(decoder, attention, extent, training, ofMemory);
    AttentionDecoder.Shape shape = decoder.shape();
    this.ids = owned.ids(Math.multiplyExact(steps, batch));
    this.embedded = owned.floats(steps, batch, shape.embedding());
    boolean drops = training && decoder.outputDropout().active();
    this.dropped = drops ? owned.floats(steps, batch, shape.hidden()) : recurrence.hidden();
    this.scores = owned.floats(steps, batch, shape.vocabulary());
    this.dHidden = training ? owned.floats(steps, batch, shape.hidden()) : null;
    this.dEmbedded = training ? owned.floats(steps, batch, shape.embedding()) : null;
  }

  /** Returns the most it holds. */
  public AttentionDecoder.Extent extent() {
    return extent;
  }

  /** Returns the state before the first word, {@code (1, B, H)} each; the caller fills it. */
  public RnnState initial() {
    return recurrence.initial();
  }

  /**
   * Sets the memory for attention; see {@link SoftAttentionWindow#prepare}.
   *
   * @throws IllegalArgumentException if the decoder has no attention
   */
  public void prepare(Tensor memory, @Nullable Tensor lengths) {
    recurrence.prepare(memory, lengths);
  }

  /**
   * Computes the scores of the words that follow those given.
   *
   * @param steps words of each sequence, at most {@code T}
   * @param words time-major, {@code steps·B} of them, each in [0, V)
   * @param key what dropout draws from; null where nothing is dropped
   */
  public void forward(int steps, int[] words, @Nullable RandomKey key) {
    Tensor read = ids(steps);
    backend.upload(words, 0, steps * extent.batch(), read);
    Tensor rows = TemporalAffine.rows(embedded.slice(0, steps));
    decoder.embedding().forward(read, rows);
    if (key != null && decoder.embeddingDropout().active()) {
      decoder.embeddingDropout().forward(rows, rows, key);
    }
    recurrence.forward(steps, embedded);
    Tensor hidden = recurrence.hidden().slice(0, steps);
    if (key != null && decoder.outputDropout().active()) {
      decoder.outputDropout().forward(hidden, dropped.slice(0, steps), key);
      hidden = dropped.slice(0, steps);
    }
    output.forward(hidden, scores(steps));
  }

  private Tensor ids(int steps) {
    return ids.slice(0, steps * extent.batch());
  }

  /** Returns the scores of the last pass, {@code (steps, B, V)}; the caller may overwrite them. */
  public Tensor scores(int steps) {
    return scores.slice(0, steps);
  }

  /**
   * Computes the backward pass of {@link #forward}: accumulates the gradients of the weights.
   * {@link #scores} hold the gradient of the scores by now.
   *
   * @param key that of the forward pass
   */
  public void backward(int steps, @Nullable RandomKey key) {
    if (dHidden == null || dEmbedded == null) {
      throw new IllegalStateException("this workspace was made without gradients");
    }
    boolean drops = key != null && decoder.outputDropout().active();
    Tensor read = (drops ? dropped : recurrence.hidden()).slice(0, steps);
    Tensor dRead = dHidden.slice(0, steps);
    output.backward(read, scores(steps), dRead);
    if (key != null && drops) {
      decoder.outputDropout().backward(dRead, dRead, key);
    }
    recurrence.backward(steps, dHidden, dEmbedded);
    Tensor rows = TemporalAffine.rows(dEmbedded.slice(0, steps));
    if (key != null && decoder.embeddingDropout().active()) {
      decoder.embeddingDropout().backward(rows, rows, key);
    }
    decoder.embedding().backward(ids(steps), rows);
  }

  /** Returns the gradient of {@link #initial} after {@link #backward}. */
  public RnnState initialGradient() {
    return recurrence.initialGradient();
  }

  /**
   * Returns the gradient of the memory after {@link #backward}, {@code (B, G, F)}.
   *
   * @throws IllegalStateException if there is no attention, or it was not requested
   */
  public Tensor memoryGradient() {
    SoftAttentionWindow attention = recurrence.attention();
    if (attention == null) {
      throw new IllegalStateException("a decoder without attention has no memory");
    }
    return attention.memoryGradient();
  }

  @Override
  public void close() {
    recurrence.close();
    owned.close();
  }
}
