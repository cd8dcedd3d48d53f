package org.lm4j.task.inspect;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.Recurrent;
import org.lm4j.nn.RecurrentStep;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.tensor.Tensor;

/**
 * One recurrent layer of a language model, computed step by step over a window, so that the
 * gradient of every state between two steps can be inspected. It computes with a copy of the
 * layer's weights: the model is not changed and needs no gradients.
 */
final class StepwiseLayer implements AutoCloseable {
  private final Backend backend;
  private final Parameters parameters;
  private final RecurrentStep step;
  private final List<RecurrentStep.Cache> caches = new ArrayList<>(); // of steps 1..T
  private final List<RnnState> states = new ArrayList<>(); // 0..T, (1, B, H) each
  private final OwnedTensors owned;
  private final int batch;
  private final int hidden;
  private final @Nullable Tensor dx; // (B, H); null for the first layer, whose input has none
  private RnnState dAfter; // (1, B, H) each
  private RnnState dBefore;

  /**
   * Creates the computation of layer {@code layer} of {@code model}, from 0, for windows of {@code
   * steps} by {@code batch}.
   */
  StepwiseLayer(LanguageModelNetwork model, int layer, int steps, int batch) {
    this.backend = model.backend();
    this.owned = new OwnedTensors(backend);
    this.batch = batch;
    RnnSpec stack = model.config().rnn();
    RnnSpec spec = new RnnSpec(stack.cell(), stack.inputSize(layer), stack.hiddenSize(), 1, 0);
    this.hidden = spec.hiddenSize();
    this.parameters = new Parameters.Builder().add("", backend, spec).allocate(backend, true);
    for (Parameter copy : parameters.all()) { // named …_l0
      String part = copy.name().substring(0, copy.name().length() - 1);
      Tensor source = model.parameters().get(LanguageModelNetwork.RNN + part + layer).value();
      backend.copy(source, copy.value());
    }
    Recurrent recurrent = new Recurrent(backend, spec, parameters, "", 0);
    this.step = new RecurrentStep(backend, recurrent);
    List<Tensor> h = perStep(steps + 1);
    List<Tensor> c = spec.cell().hasCellState() ? perStep(steps + 1) : List.of();
    for (int t = 0; t <= steps; t++) {
      states.add(new RnnState(h.get(t), c.isEmpty() ? null : c.get(t)));
    }
    for (int t = 0; t < steps; t++) {
      caches.add(step.cache(batch));
    }
    this.dAfter = owned.add(recurrent.newState(batch));
    this.dBefore = owned.add(recurrent.newState(batch));
    this.dx = layer == 0 ? null : owned.floats(batch, hidden);
  }

  /**
   * Allocates a tensor {@code (1, B, H)} for each step, in one piece of memory, each beginning on a
   * cache line.
   */
  private List<Tensor> perStep(int count) {
    long stride = RnnLayout.align((long) batch * hidden);
    Tensor all = owned.floats(Math.toIntExact(stride), count);
    List<Tensor> views = new ArrayList<>();
    for (int t = 0; t < count; t++) {
      views.add(all.view(t * stride, 1, batch, hidden));
    }
    return views;
  }

  /**
   * Computes step {@code t}, from 1, forward.
   *
   * @param x {@code (B, D)}
   */
  void forward(int t, Tensor x) {
    step.forward(caches.get(t - 1), x, states.get(t - 1), states.get(t));
  }

  /** Returns the hidden state after step {@code t}, {@code (B, H)}. */
  Tensor output(int t) {
    return states.get(t).h().reshape(batch, hidden);
  }

  /** Sets the gradient of the state after the last step to zero. */
  void beginBackward() {
    backend.fill(dAfter.h(), 0);
    if (dAfter.c() != null) {
      backend.fill(dAfter.cell(), 0);
    }
  }

  /**
   * Returns the gradient of the state after the step that {@link #backward} takes next. What the
   * layer above or the loss contributes has to be added to its {@code h}.
   */
  RnnState dAfter() {
    return dAfter;
  }

  /**
   * Computes the backward pass of step {@code t}: {@link #dAfter} becomes the gradient of the state
   * after step {@code t - 1} as far as this layer's own steps use it; {@link #recurrentGradient}
   * becomes what step {@code t} alone contributes.
   */
  void backward(int t) {
    backend.fill(parameters.gradients(), 0);
    step.backward(caches.get(t - 1), dAfter, dx, dBefore);
    RnnState done = dAfter;
    dAfter = dBefore;
    dBefore = done;
  }

  /**
   * Returns the gradient of the input of the last backward step, {@code (1, B, H)}. Not for layer
   * 0.
   */
  Tensor dx() {
    if (dx == null) {
      throw new IllegalStateException("the first layer computes no gradient of its input");
    }
    return dx.reshape(1, batch, hidden);
  }

  /** Returns {@code dU} of the last backward step, {@code (G·H, H)}. */
  Tensor recurrentGradient() {
    return parameters.get("weight_hh_l0").gradient();
  }

  @Override
  public void close() {
    caches.forEach(RecurrentStep.Cache::close);
    owned.close();
    parameters.close();
  }
}
