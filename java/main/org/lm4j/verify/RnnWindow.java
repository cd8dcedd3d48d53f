package org.lm4j.verify;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Tensor;

/**
 * One window through one stack: its tensors and what is run on them.
 *
 * @param wanted null for a forward pass on a tape that is not for training
 * @param runs how often the tape is used
 * @param vocabulary rows of the table the input is looked up in; 0 where it is given
 */
record RnnWindow(
    RnnSpec spec, int steps, int batch, @Nullable Wanted wanted, int runs, int vocabulary) {
  private static final RandomKey KEY = new RandomKey(42, 9);
  private static final int SITE = 5;

  /** Creates a window whose input is given, not looked up. */
  RnnWindow(RnnSpec spec, int steps, int batch, @Nullable Wanted wanted, int runs) {
    this(spec, steps, batch, wanted, runs, 0);
  }

  /** The optional gradients that are requested. */
  enum Wanted {
    /** As truncated BPTT asks: no gradient into the window or out of it. */
    WEIGHTS(false, false, false),
    INPUT(true, false, false),
    STATES(false, true, true),
    LAST(true, false, true),
    ALL(true, true, true);

    final boolean dx;
    final boolean dInitial;
    final boolean dLast;

    Wanted(boolean dx, boolean dInitial, boolean dLast) {
      this.dx = dx;
      this.dInitial = dInitial;
      this.dLast = dLast;
    }
  }

  @Override
  public String toString() {
    return "%s D=%d H=%d L=%d T=%d B=%d p=%s %s%s"
        .formatted(
            spec.cell().label() + (vocabulary == 0 ? "" : " V=" + vocabulary),
            spec.inputSize(),
            spec.hiddenSize(),
            spec.layers(),
            steps,
            batch,
            spec.dropout(),
            wanted == null ? "inference" : wanted,
            runs == 1 ? "" : " tape used " + runs + " times");
  }

  /** Gives the case its tensors and its tolerance. */
  void addTo(ParityCase.Builder builder) {
    int h = spec.hiddenSize();
    // Additions behind one weight gradient, and behind one state at the end of the window.
    double additions = (double) steps * (batch + h + spec.inputSize()) * spec.layers();
    builder.reduction(additions);
    if (vocabulary == 0) {
      builder.numbers("x", steps, batch, spec.inputSize());
    } else {
      builder.numbers("table", vocabulary, spec.inputSize());
      builder.ids("ids", vocabulary, vocabulary - 1, steps * batch);
    }
    state(builder, "initial");
    builder.numbers("y", steps, batch, h);
    state(builder, "last");
    addWeights(builder, spec);
    if (wanted != null) {
      gradients(builder, wanted);
    }
  }

  /** Gives a case the weights of a stack, {@code weightIh0 …}. */
  static void addWeights(ParityCase.Builder builder, RnnSpec spec) {
    int rows = spec.gateRows();
    int h = spec.hiddenSize();
    double scale = 1 / Math.sqrt(h + 1.0); // PyTorch's, about: keeps the states from saturating
    for (int layer = 0; layer < spec.layers(); layer++) {
      builder.uniform("weightIh" + layer, -scale, scale, rows, spec.inputSize(layer));
      if (spec.cell().hasRecurrentWeights()) {
        builder.uniform("weightHh" + layer, -scale, scale, rows, h);
      }
      builder.uniform("biasIh" + layer, -scale, scale, rows);
      if (spec.cell().hasRecurrentWeights()) {
        builder.uniform("biasHh" + layer, -scale, scale, rows);
      }
    }
  }

  private void gradients(ParityCase.Builder builder, Wanted wanted) {
    int h = spec.hiddenSize();
    int rows = spec.gateRows();
    builder.numbers("dy", steps, batch, h);
    if (wanted.dLast) {
      state(builder, "dLast");
    }
    if (wanted.dx && vocabulary == 0) {
      builder.numbers("dx", steps, batch, spec.inputSize());
    } else if (wanted.dx) {
      builder.numbers("dTable", vocabulary, spec.inputSize());
    }
    if (wanted.dInitial) {
      state(builder, "dInitial");
    }
    for (int layer = 0; layer < spec.layers(); layer++) { // not zero: they accumulate
      builder.numbers("dWeightIh" + layer, rows, spec.inputSize(layer));
      if (spec.cell().hasRecurrentWeights()) {
        builder.numbers("dWeightHh" + layer, rows, h);
      }
      builder.numbers("dBiasIh" + layer, rows);
      if (spec.cell().hasRecurrentWeights()) {
        builder.numbers("dBiasHh" + layer, rows);
      }
    }
  }

  private void state(ParityCase.Builder builder, String name) {
    builder.numbers(name + ".h", spec.layers(), batch, spec.hiddenSize());
    if (spec.cell().hasCellState()) {
      builder.numbers(name + ".c", spec.layers(), batch, spec.hiddenSize());
    }
  }

  /** Runs the forward pass, and the backward pass if gradients are wanted. */
  void run(Backend backend, PreparedCase t) {
    withInput(backend, t, (tape, inOut, dx) -> repeat(backend, t, tape, inOut, dx));
  }

  /**
   * Runs {@link #run} several times, each as one step of the backend and equal to the others, as
   * steps of training are.
   *
   * @param head done between forward and backward pass
   */
  void runSteps(Backend backend, PreparedCase t, Runnable head) {
    withInput(
        backend,
        t,
        (tape, inOut, dx) -> {
          for (int run = 0; run < runs; run++) {
            backend.step(() -> once(backend, t, tape, inOut, dx, SITE, head));
          }
        });
  }

  /** The work with a tape, an input, and the place of its gradient. */
  private interface Use {
    void with(RnnTape tape, RnnInOut inOut, @Nullable Tensor dx);
  }

  private void withInput(Backend backend, PreparedCase t, Use use) {
    if (vocabulary == 0) {
      withTape(backend, t, t.get("x"), t.has("dx") ? t.get("dx") : null, null, use);
      return;
    }
    Tensor x = backend.allocate(steps, batch, spec.inputSize());
    Tensor dx = backend.allocate(steps, batch, spec.inputSize());
    try {
      withTape(backend, t, x, dx, new RnnInOut.Lookup(t.get("table"), t.get("ids")), use);
    } finally {
      x.storage().close();
      dx.storage().close();
    }
  }

  private void withTape(
      Backend backend,
      PreparedCase t,
      Tensor x,
      @Nullable Tensor dx,
      RnnInOut.@Nullable Lookup lookup,
      Use use) {
    RnnInOut inOut = new RnnInOut(x, present(t, "initial"), t.get("y"), present(t, "last"), lookup);
    try (RnnTape tape = backend.tape(spec, steps, batch, wanted != null)) {
      use.with(tape, inOut, dx);
    }
  }

  private void repeat(
      Backend backend, PreparedCase t, RnnTape tape, RnnInOut inOut, @Nullable Tensor dx) {
    for (int run = 0; run < runs; run++) {
      once(backend, t, tape, inOut, dx, SITE + run, () -> {});
    }
  }

  private void once(
      Backend backend,
      PreparedCase t,
      RnnTape tape,
      RnnInOut inOut,
      @Nullable Tensor dx,
      int site,
      Runnable head) {
    RnnWeights weights = weights(t, spec, "w");
    backend.rnnForward(tape, weights, inOut, KEY, site);
    head.run();
    if (wanted != null) {
      RnnGradients gradients =
          new RnnGradients(
              t.get("dy"),
              t.has("dLast.h") ? present(t, "dLast") : null,
              dx,
              t.has("dInitial.h") ? present(t, "dInitial") : null,
              weights(t, spec, "dW"),
              t.has("dTable") ? t.get("dTable") : null);
      backend.rnnBackward(tape, weights, gradients);
    }
  }

  /** Returns a forward pass, and the number whose gradients {@link #run} computes. */
  double loss(Backend backend, PreparedCase t) {
    RnnInOut inOut =
        new RnnInOut(t.get("x"), present(t, "initial"), t.get("y"), present(t, "last"));
    try (RnnTape tape = backend.tape(spec, steps, batch, true)) {
      backend.rnnForward(tape, weights(t, spec, "w"), inOut, KEY, SITE);
    }
    double loss = t.dot("y", "dy") + t.dot("last.h", "dLast.h");
    return spec.cell().hasCellState() ? loss + t.dot("last.c", "dLast.c") : loss;
  }

  private static RnnState present(PreparedCase t, String name) {
    return new RnnState(t.get(name + ".h"), t.has(name + ".c") ? t.get(name + ".c") : null);
  }

  /** Returns the tensors {@code weightIh0 …}, or {@code dWeightIh0 …} for {@code "dW"}. */
  static RnnWeights weights(PreparedCase t, RnnSpec spec, String first) {
    String bias = first.equals("w") ? "b" : "dB";
    List<RnnWeights.Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < spec.layers(); layer++) {
      Tensor input = t.get(first + "eightIh" + layer);
      boolean recurs = spec.cell().hasRecurrentWeights();
      layers.add(
          new RnnWeights.Layer(
              input,
              recurs ? t.get(first + "eightHh" + layer) : input.view(0, 0),
              t.get(bias + "iasIh" + layer),
              recurs ? t.get(bias + "iasHh" + layer) : input.view(0, 0)));
    }
    return new RnnWeights(layers);
  }
}
