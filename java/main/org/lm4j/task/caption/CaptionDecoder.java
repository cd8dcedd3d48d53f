package org.lm4j.task.caption;

import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.SoleUse;
import org.lm4j.decode.DecodingState;
import org.lm4j.decode.NextTokenLogits;
import org.lm4j.nn.attention.DecoderStep;
import org.lm4j.tensor.Tensor;

/** Generates captions of {@code R} images side by side, word by word. */
public final class CaptionDecoder implements AutoCloseable {
  private final SoleUse use; // that of the decoder
  private final CaptionerNetwork captioner;
  private final Backend backend;
  private final CaptionerNetwork.Sight sight;
  private final DecodingState words;

  CaptionDecoder(CaptionerNetwork captioner, int rows) {
    this.captioner = captioner;
    this.backend = captioner.backend();
    this.sight = captioner.new Sight(rows);
    DecoderStep step =
        captioner.decoder().step(rows, Math.max(1, captioner.config().image().cells()));
    this.words = new DecodingState(backend, step);
    this.use = words.use();
  }

  /** Returns the number {@code R} of images. */
  public int rows() {
    return words.rows();
  }

  /**
   * Loads images and discards the words of earlier ones.
   *
   * @param features {@code (R, G, F)} or {@code (R, F)} on the host
   */
  public void look(Tensor features) {
    try (SoleUse.Use _ = use.begin()) {
      sight.load(features);
      DecoderStep step = words.step();
      RnnState state = step.state();
      sight.begin(state.h().reshape(rows(), captioner.config().generator().hidden()));
      if (state.c() != null) {
        backend.fill(state.cell(), 0);
      }
      if (captioner.config().attends()) {
        step.prepare(sight.memory(), null);
      }
    }
  }

  /**
   * Returns the function that reads {@code <START>} and then the words, and computes the logits of
   * the next word.
   */
  public NextTokenLogits words() {
    return words;
  }

  /**
   * Returns the attention weights of the last words read.
   *
   * @return {@code R} rows of {@code G} weights
   * @throws IllegalStateException if there is no attention
   */
  public double[][] weights() {
    return words.weights();
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    sight.close();
    words.free();
  }
}
