package org.lm4j.nn.attention;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.Recurrent;
import org.lm4j.tensor.Tensor;

/**
 * The recurrence without attention: all words are known in advance, so the layer runs over the
 * whole window.
 */
final class WholeRecurrence implements DecoderRecurrence {
  private final Recurrent layer;
  private final int batch;
  private final boolean training;
  private final OwnedTensors owned;
  private final @Nullable RnnTape[] tapes; // by number of steps, each made when it is first met
  private final RnnState initial;
  private final RnnState last;
  private final RnnState dInitial;
  private final Tensor hidden; // (T, B, H)

  WholeRecurrence(AttentionDecoder decoder, int steps, int batch, boolean training) {
    this.layer = decoder.recurrent();
    this.batch = batch;
    this.training = training;
    this.owned = new OwnedTensors(decoder.backend());
    this.tapes = new RnnTape[steps + 1];
    RnnSpec spec = layer.spec();
    this.initial = owned.states(spec.cell(), 1, batch, spec.hiddenSize());
    this.last = owned.states(spec.cell(), 1, batch, spec.hiddenSize());
    this.dInitial = owned.states(spec.cell(), 1, batch, spec.hiddenSize());
    this.hidden = owned.floats(steps, batch, spec.hiddenSize());
  }

  private RnnTape tape(int steps) {
    RnnTape tape = tapes[steps];
    if (tape == null) {
      tape = layer.tape(steps, batch, training);
      tapes[steps] = tape;
    }
    return tape;
  }

  @Override
  public RnnState initial() {
    return initial;
  }

  @Override
  public void prepare(@Nullable Tensor memory, @Nullable Tensor lengths) {
    if (memory != null) {
      throw new IllegalArgumentException("a decoder without attention takes no memory");
    }
  }

  @Override
  public void forward(int steps, Tensor embedded) {
    RnnInOut inOut = new RnnInOut(embedded.slice(0, steps), initial, hidden.slice(0, steps), last);
    layer.forward(tape(steps), inOut, null);
  }

  @Override
  public Tensor hidden() {
    return hidden;
  }

  @Override
  public void backward(int steps, Tensor dHidden, Tensor dEmbedded) {
    layer.backward(
        tape(steps),
        layer.gradients(dHidden.slice(0, steps), null, dEmbedded.slice(0, steps), dInitial));
  }

  @Override
  public RnnState initialGradient() {
    return dInitial;
  }

  @Override
  public @Nullable SoftAttentionWindow attention() {
    return null;
  }

  @Override
  public void close() {
    for (RnnTape tape : tapes) {
      if (tape != null) {
        tape.close();
      }
    }
    owned.close();
  }
}
