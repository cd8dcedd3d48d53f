package org.lm4j.nn.attention;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RnnState;
import org.lm4j.tensor.Tensor;

/**
 * The recurrent part of a {@link DecoderWindow}, from embedded words to hidden states: in one go,
 * or step by step where each step attends with the state before it.
 */
interface DecoderRecurrence extends AutoCloseable {
  /** Returns the state before the first word, {@code (1, B, H)} each; the caller fills it. */
  RnnState initial();

  /** Sets the memory, if there is attention. */
  void prepare(@Nullable Tensor memory, @Nullable Tensor lengths);

  /**
   * Computes the hidden states.
   *
   * @param steps words of each sequence, at most {@code T}
   * @param embedded {@code (T, B, D)}
   */
  void forward(int steps, Tensor embedded);

  /** Returns the hidden states after each word, {@code (T, B, H)}. */
  Tensor hidden();

  /**
   * Computes the backward pass of {@link #forward}.
   *
   * @param dHidden {@code (T, B, H)}; read
   * @param dEmbedded {@code (T, B, D)}; overwritten
   */
  void backward(int steps, Tensor dHidden, Tensor dEmbedded);

  /** Returns the gradient of {@link #initial}. */
  RnnState initialGradient();

  /** Returns the attention, or null if there is none. */
  @Nullable SoftAttentionWindow attention();

  @Override
  void close();
}
