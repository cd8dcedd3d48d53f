package org.lm4j.nn.attention;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.RecurrentStep;
import org.lm4j.nn.TemporalAffine;
import org.lm4j.tensor.Tensor;

/**
 * The recurrence with attention: the input of a step depends on the state before it, so it
 * alternates attention and steps.
 */
final class AttendingRecurrence implements DecoderRecurrence {
  private final Backend backend;
  private final RecurrentStep step;
  private final int batch;
  private final int embeddingWidth; // D
  private final int memoryWidth; // F
  private final boolean training;
  private final OwnedTensors owned;
  private final SoftAttentionWindow attention;
  private final RecurrentStep.Cache[] caches; // by step

  private final Tensor x; // (T, B, D + F): word and what was seen
  private final Tensor seen; // (B, F): z, and its gradient
  private final Tensor hidden; // (T, B, H)
  private final At[] at;

  private final Tensor dx; // (B, D + F), of one step
  private final Tensor dQuery; // (B, H)
  private final Tensor dQueryState; // the same as (1, B, H)
  private final RnnState[] dStates; // two that change places
  private final RnnState dInitial;

  /** Views of one step. */
  private record At(Tensor x, RnnState before, Tensor query, RnnState after) {}

  AttendingRecurrence(
      AttentionDecoder decoder,
      SoftAttention layer,
      AttentionDecoder.Extent extent,
      boolean training,
      boolean ofMemory) {
    this.backend = decoder.backend();
    this.step = new RecurrentStep(backend, decoder.recurrent());
    this.batch = extent.batch();
    this.embeddingWidth = decoder.shape().embedding();
    this.memoryWidth = decoder.shape().memory();
    this.training = training;
    this.owned = new OwnedTensors(backend);
    int steps = extent.steps();
    this.attention =
        training
            ? layer.trainingWindow(steps, batch, extent.cells(), ofMemory)
            : layer.window(batch, extent.cells());
    RnnSpec spec = decoder.recurrent().spec();
    int hiddenWidth = spec.hiddenSize();
    this.x = owned.floats(steps, batch, spec.inputSize());
    this.seen = owned.floats(batch, memoryWidth);
    RnnState states = owned.states(spec.cell(), steps + 1, batch, hiddenWidth);
    this.hidden = states.h().slice(1, steps);
    this.caches = new RecurrentStep.Cache[steps];
    this.at = new At[steps];
    for (int t = 0; t < steps; t++) {
      caches[t] = training || t == 0 ? step.cache(batch) : caches[0];
      RnnState before = slice(states, t);
      Tensor input = x.slice(t, 1).reshape(batch, spec.inputSize());
      Tensor query = before.h().reshape(batch, hiddenWidth);
      at[t] = new At(input, before, query, slice(states, t + 1));
    }
    this.dx = owned.floats(batch, spec.inputSize());
    this.dQuery = owned.floats(batch, hiddenWidth);
    this.dQueryState = dQuery.reshape(1, batch, hiddenWidth);
    this.dStates =
        new RnnState[] {
          owned.states(spec.cell(), 1, batch, hiddenWidth),
          owned.states(spec.cell(), 1, batch, hiddenWidth)
        };
    this.dInitial = owned.states(spec.cell(), 1, batch, hiddenWidth);
  }

  private static RnnState slice(RnnState states, int t) {
    return new RnnState(
        states.h().slice(t, 1), states.c() == null ? null : states.cell().slice(t, 1));
  }

  @Override
  public RnnState initial() {
    return at[0].before;
  }

  @Override
  public void prepare(@Nullable Tensor memory, @Nullable Tensor lengths) {
    if (memory == null) {
      throw new IllegalArgumentException("a decoder with attention needs a memory");
    }
    attention.prepare(memory, lengths);
  }

  @Override
  public void forward(int steps, Tensor embedded) {
    Tensor words = TemporalAffine.rows(embedded.slice(0, steps));
    Tensor inputs = TemporalAffine.rows(x.slice(0, steps));
    backend.copyColumns(words, 0, inputs, 0, embeddingWidth);
    for (int t = 0; t < steps; t++) {
      attention.attend(training ? t : 0, at[t].query, seen);
      backend.copyColumns(seen, 0, at[t].x, embeddingWidth, memoryWidth);
      step.forward(caches[t], at[t].x, at[t].before, at[t].after);
    }
  }

  @Override
  public Tensor hidden() {
    return hidden;
  }

  @Override
  public void backward(int steps, Tensor dHidden, Tensor dEmbedded) {
    RnnState dAfter = dStates[0];
    RnnState dBefore = dStates[1];
    backend.fill(dAfter.h(), 0);
    if (dAfter.c() != null) {
      backend.fill(dAfter.cell(), 0);
    }
    for (int t = steps - 1; t >= 0; t--) {
      backend.axpy(1, dHidden.slice(t, 1), dAfter.h());
      RnnState target = t == 0 ? dInitial : dBefore;
      step.backward(caches[t], dAfter, dx, target);
      Tensor dWords = dEmbedded.slice(t, 1).reshape(batch, embeddingWidth);
      backend.copyColumns(dx, 0, dWords, 0, embeddingWidth);
      backend.copyColumns(dx, embeddingWidth, seen, 0, memoryWidth);
      attention.backward(t, at[t].query, seen, dQuery);
      backend.axpy(1, dQueryState, target.h());
      dBefore = dAfter;
      dAfter = target;
    }
    attention.finish(steps);
  }

  @Override
  public RnnState initialGradient() {
    return dInitial;
  }

  @Override
  public SoftAttentionWindow attention() {
    return attention;
  }

  @Override
  public void close() {
    for (int t = 0; t < caches.length; t++) {
      if (training || t == 0) {
        caches[t].close();
      }
    }
    attention.close();
    owned.close();
  }
}
