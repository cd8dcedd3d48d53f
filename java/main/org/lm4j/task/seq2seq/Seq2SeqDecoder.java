package org.lm4j.task.seq2seq;

import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.SoleUse;
import org.lm4j.decode.DecodingState;
import org.lm4j.decode.NextTokenLogits;
import org.lm4j.nn.attention.DecoderStep;

/** Generates translations of several sources side by side, several of each, token by token. */
public final class Seq2SeqDecoder implements AutoCloseable {
  private final SoleUse use; // that of the decoder
  private final Seq2SeqNetwork translator;
  private final Backend backend;
  private final int sources;
  private final Seq2SeqSource source;
  private final DecodingState tokens;

  Seq2SeqDecoder(Seq2SeqNetwork translator, int steps, int sources, int copies) {
    this.translator = translator;
    this.backend = translator.backend();
    this.sources = sources;
    this.source = new Seq2SeqSource(translator, steps, sources, copies, false);
    DecoderStep step = translator.decoder().step(Math.multiplyExact(sources, copies), steps);
    this.tokens = new DecodingState(backend, step);
    this.use = tokens.use();
  }

  /** Returns the number of sources. */
  public int sources() {
    return sources;
  }

  /**
   * Reads sources and discards the tokens of earlier ones.
   *
   * @param tokensOfSources as many as {@link #sources} or fewer, none longer than it was made for
   */
  public void read(int[][] tokensOfSources) {
    try (SoleUse.Use _ = use.begin()) {
      source.read(tokensOfSources, null);
      DecoderStep step = tokens.step();
      RnnState state = step.state();
      source.begin(state.h());
      if (state.c() != null) {
        backend.fill(state.cell(), 0);
      }
      if (translator.config().attends()) {
        step.prepare(source.memory(), source.memoryLengths());
      }
    }
  }

  /**
   * Returns the function that reads the start and then the generated tokens, and computes the
   * logits of the next token.
   */
  public NextTokenLogits tokens() {
    return tokens;
  }

  /**
   * Returns the attention weights of the last tokens read.
   *
   * @return for each row the weights over its source
   * @throws IllegalStateException if there is no attention
   */
  public double[][] weights() {
    return tokens.weights();
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    source.close();
    tokens.free();
  }
}
