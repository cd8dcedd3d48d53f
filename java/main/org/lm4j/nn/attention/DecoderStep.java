package org.lm4j.nn.attention;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.tensor.Tensor;

/**
 * A workspace in which an {@link AttentionDecoder} generates {@code R} sequences side by side, word
 * by word; nothing is kept for a backward pass.
 *
 * <pre>{@code
 * fill step.state();
 * step.prepare(memory, lengths);      // with attention
 * loop: step.read(words); choose from step.scores(); perhaps step.select(rows);
 * }</pre>
 */
public final class DecoderStep implements AutoCloseable {
  private final AttentionDecoder decoder;
  private final Backend backend;
  private final int rows;
  private final OwnedTensors owned;
  private final RnnTape tape;
  private final @Nullable SoftAttentionWindow attention;

  private final Tensor ids; // I32 (R): words, or rows to take
  private final Tensor word; // (R, D)
  private final Tensor seen; // (R, F): z; without attention (R, 1), not used
  private final Tensor x; // (R, D + F)
  private final Tensor window; // the same as (1, R, D + F)
  private final Tensor y; // (1, R, H)
  private final Tensor hidden; // the same as (R, H)
  private final Tensor scores; // (R, V)
  private RnnState state; // (1, R, H) each
  private RnnState other;

  DecoderStep(AttentionDecoder decoder, int rows, int cells) {
    this.decoder = decoder;
    this.backend = decoder.backend();
    this.rows = rows;
    this.owned = new OwnedTensors(backend);
    AttentionDecoder.Shape shape = decoder.shape();
    this.tape = decoder.recurrent().tape(1, rows, false);
    SoftAttention layer = decoder.attention();
    this.attention = layer == null ? null : layer.window(rows, cells);
    this.ids = owned.ids(rows);
    this.word = owned.floats(rows, shape.embedding());
    this.seen = owned.floats(rows, Math.max(1, shape.memory()));
    this.x = shape.attends() ? owned.floats(rows, shape.embedding() + shape.memory()) : word;
    this.window = x.reshape(1, rows, shape.embedding() + shape.memory());
    this.y = owned.floats(1, rows, shape.hidden());
    this.hidden = y.reshape(rows, shape.hidden());
    this.scores = owned.floats(rows, shape.vocabulary());
    this.state = owned.states(shape.cell(), 1, rows, shape.hidden());
    this.other = owned.states(shape.cell(), 1, rows, shape.hidden());
  }

  /** Returns the number {@code R} of sequences side by side. */
  public int rows() {
    return rows;
  }

  /**
   * Returns the state before the next word, {@code (1, R, H)} each; the caller sets the initial
   * one.
   */
  public RnnState state() {
    return state;
  }

  /**
   * Sets the memory for attention, one for each row; see {@link SoftAttentionWindow#prepare}.
   *
   * @throws IllegalArgumentException if the decoder has no attention
   */
  public void prepare(Tensor memory, @Nullable Tensor lengths) {
    if (attention == null) {
      throw new IllegalArgumentException("a decoder without attention takes no memory");
    }
    attention.prepare(memory, lengths);
  }

  /**
   * Reads one word of each sequence.
   *
   * @param words {@code R}, each in [0, V)
   */
  public void read(int[] words) {
    backend.upload(words, 0, rows, ids);
    decoder.embedding().forward(ids, word);
    if (attention != null) {
      attention.attend(0, state.h().reshape(rows, decoder.shape().hidden()), seen);
      backend.copyColumns(word, 0, x, 0, decoder.shape().embedding());
      backend.copyColumns(seen, 0, x, decoder.shape().embedding(), decoder.shape().memory());
    }
    decoder.recurrent().forward(tape, new RnnInOut(window, state, y, other), null);
    exchange();
    decoder.output().forward(hidden, scores);
  }

  /** Returns the logits of the next word, {@code (R, V)}. */
  public Tensor scores() {
    return scores;
  }

  /**
   * Returns the attention weights of the last word read, {@code (R, G)}.
   *
   * @throws IllegalStateException if there is no attention
   */
  public Tensor weights() {
    if (attention == null) {
      throw new IllegalStateException("this decoder has no attention");
    }
    return attention.weights(0);
  }

  /**
   * Continues each row from the state of another. Memories are not moved, so rows may be exchanged
   * only among those with equal memories.
   *
   * @param from {@code R} source rows
   */
  public void select(int[] from) {
    backend.upload(from, 0, rows, ids);
    gather(state.h(), other.h());
    if (state.c() != null) {
      gather(state.cell(), other.cell());
    }
    exchange();
  }

  private void gather(Tensor source, Tensor target) {
    int width = decoder.shape().hidden();
    backend.embed(source.reshape(rows, width), ids, target.reshape(rows, width));
  }

  private void exchange() {
    RnnState kept = state;
    state = other;
    other = kept;
  }

  @Override
  public void close() {
    tape.close();
    if (attention != null) {
      attention.close();
    }
    owned.close();
  }
}
