package org.lm4j.nn.attention;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.nn.Affine;
import org.lm4j.nn.Dropout;
import org.lm4j.nn.Embedding;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.Recurrent;

/**
 * A decoder that generates a sequence of words: one recurrent layer, with or without soft attention
 * over a memory:
 *
 * <pre>
 *   z[t] = attention(memory, h[t-1])          where there is attention
 *   h[t] = cell([E w[t-1], z[t]], h[t-1])     scores[t] = V h[t] + c
 * </pre>
 *
 * <p>{@code w[t-1]} is the word before, {@code E} the embedding. The owner provides the initial
 * state: a summary of a picture, or the final state of an encoder. Xu et al., "Show, attend and
 * tell", ICML 2015, whose output layer has the word and {@code z} as inputs too; Vinyals et al.,
 * "Show and tell", CVPR 2015, without attention.
 *
 * <p>Holds the weights {@code embedding.weight (V, D)}, {@code rnn.weight_ih_l0 (G·H, D + F)} and
 * the rest of that layer, {@code attention.*} as {@link SoftAttention} has them, {@code
 * output.weight (V, H)}, {@code output.bias (V)}.
 */
public final class AttentionDecoder {
  /** The number of random sites a decoder draws from, beginning at the one given to it. */
  public static final int SITES = 2;

  private final Backend backend;
  private final Shape shape;
  private final Embedding embedding;
  private final Dropout embeddingDropout;
  private final Recurrent recurrent;
  private final @Nullable SoftAttention attention;
  private final Dropout outputDropout;
  private final Affine output;

  /**
   * The widths of a decoder.
   *
   * @param vocabulary {@code V}
   * @param embedding {@code D}
   * @param hidden {@code H}
   * @param memory {@code F}, of a cell of the memory; 0 without attention
   * @param attention {@code A}, in which query and memory are compared; 0 without attention
   * @param dropout probability of dropping a number of an embedding, or of {@code h} before the
   *     output layer, while training
   */
  public record Shape(
      Cell cell,
      int vocabulary,
      int embedding,
      int hidden,
      int memory,
      int attention,
      double dropout) { // the widths of four layers, known together
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if one is broken
     */
    public Shape {
      if (vocabulary < 1 || embedding < 1 || hidden < 1 || memory < 0 || attention < 0) {
        throw new IllegalArgumentException("widths of a decoder must be at least 1");
      }
      if (memory == 0 != (attention == 0)) {
        throw new IllegalArgumentException(
            "attention of width %d over a memory of width %d".formatted(attention, memory));
      }
      if (!(dropout >= 0 && dropout < 1)) {
        throw new IllegalArgumentException("dropout must lie in [0, 1), not " + dropout);
      }
    }

    /** Returns whether it attends to a memory. */
    public boolean attends() {
      return attention > 0;
    }

    /** Returns the specification of the recurrent layer. */
    public RnnSpec rnn() {
      return new RnnSpec(cell, embedding + memory, hidden, 1, 0);
    }
  }

  /** Adds what {@link #AttentionDecoder} over the same prefix asks for. */
  public static void plan(Parameters.Builder plan, Backend backend, String prefix, Shape shape) {
    plan.add(prefix + "embedding.weight", shape.vocabulary(), shape.embedding());
    plan.add(prefix + "rnn.", backend, shape.rnn());
    if (shape.attends()) {
      SoftAttention.plan(
          plan,
          prefix + "attention.",
          new SoftAttention.Size(shape.memory(), shape.hidden(), shape.attention()));
    }
    plan.add(prefix + "output.weight", shape.vocabulary(), shape.hidden());
    plan.add(prefix + "output.bias", shape.vocabulary());
  }

  /**
   * Creates a decoder over the parameters named {@code prefix + "embedding.weight"} and so on.
   *
   * @param site the first of {@link #SITES} sites of randomness
   */
  public AttentionDecoder(
      Backend backend, Shape shape, Parameters parameters, String prefix, int site) {
    this.backend = backend;
    this.shape = shape;
    this.embedding = new Embedding(backend, parameters.get(prefix + "embedding.weight"));
    this.embeddingDropout = new Dropout(backend, shape.dropout(), site);
    this.recurrent = new Recurrent(backend, shape.rnn(), parameters, prefix + "rnn.", 0);
    this.attention =
        shape.attends() ? new SoftAttention(backend, parameters, prefix + "attention.") : null;
    this.outputDropout = new Dropout(backend, shape.dropout(), site + 1);
    this.output =
        new Affine(
            backend,
            parameters.get(prefix + "output.weight"),
            parameters.get(prefix + "output.bias"));
  }

  /** Returns the widths. */
  public Shape shape() {
    return shape;
  }

  /** The size of a window for training or scoring. */
  public record Extent(int steps, int batch, int cells) {
    /**
     * Checks the sizes.
     *
     * @param steps the most words {@code T} of a sequence, an end included
     * @param batch sequences {@code B}
     * @param cells {@code G} of a memory; not looked at without attention
     * @throws IllegalArgumentException if one is not positive
     */
    public Extent {
      if (steps < 1 || batch < 1 || cells < 1) {
        throw new IllegalArgumentException(
            "a window of %d steps, %d sequences, %d cells".formatted(steps, batch, cells));
      }
    }
  }

  /** Creates a workspace that only scores; the caller closes it. */
  public DecoderWindow scoringWindow(Extent extent) {
    return new DecoderWindow(this, extent, false, false);
  }

  /**
   * Creates a workspace with gradients; the caller closes it.
   *
   * @param ofMemory whether the gradient of the memory is needed
   */
  public DecoderWindow trainingWindow(Extent extent, boolean ofMemory) {
    return new DecoderWindow(this, extent, true, ofMemory);
  }

  /**
   * Creates a workspace for word-by-word generation; the caller closes it.
   *
   * @param rows sequences side by side
   * @param cells {@code G} of a memory; ignored without attention
   */
  public DecoderStep step(int rows, int cells) {
    return new DecoderStep(this, rows, cells);
  }

  Backend backend() {
    return backend;
  }

  Embedding embedding() {
    return embedding;
  }

  Dropout embeddingDropout() {
    return embeddingDropout;
  }

  Recurrent recurrent() {
    return recurrent;
  }

  @Nullable SoftAttention attention() {
    return attention;
  }

  Dropout outputDropout() {
    return outputDropout;
  }

  Affine output() {
    return output;
  }
}
