package org.lm4j.task.lm;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.SoleUse;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.TokenLoss;
import org.lm4j.nn.softmax.SampledSoftmaxLoss;
import org.lm4j.tensor.Tensor;

/**
 * One window of a language model, {@code T} steps of {@code B} sequences: all activations,
 * allocated once and reused at each step of training. Truncated backpropagation through time:
 * gradients stop at the window's edges, the state does not.
 *
 * <p>Used by one thread at a time: what a thread loads it computes, and another one that comes
 * between gets a {@link java.util.ConcurrentModificationException}, or causes one.
 */
public final class Window implements AutoCloseable {
  private final SoleUse use = new SoleUse("the window");
  private final LanguageModelNetwork model;
  private final Backend backend;
  private final int steps;
  private final int batch;
  private final boolean training;
  private final RnnTape tape;
  private final OwnedTensors owned;

  private final Tensor ids; // I32 (T·B)
  private final Tensor targets; // I32 (T·B)
  private final Tensor embedded; // (T, B, D)
  private final Tensor embeddedRows; // the same as (T·B, D)
  private final Tensor hidden; // (T, B, H)
  private final Tensor dropped; // (T·B, H): hidden after dropout, or hidden itself
  private final Tensor loss; // (T·B)
  private final TokenLoss output;

  private final @Nullable Tensor dEmbedded; // (T, B, D)
  private final @Nullable Tensor dDropped; // (T·B, H)
  private final @Nullable Tensor outputGradients; // of the output layer where they are its own
  private final @Nullable RnnGradients gradients;

  /**
   * The embedding lookup, if it is left to the recurrent stack; null if there is dropout between
   * them.
   */
  private final RnnInOut.@Nullable Lookup lookup;

  Window(LanguageModelNetwork model, int steps, int batch, boolean training) {
    this.model = model;
    this.backend = model.backend();
    this.owned = new OwnedTensors(backend);
    this.steps = steps;
    this.batch = batch;
    this.training = training;
    LanguageModelConfig config = model.config();
    int rows = Math.multiplyExact(steps, batch);
    this.tape = model.recurrent().tape(steps, batch, training);
    this.ids = owned.ids(rows);
    this.targets = owned.ids(rows);
    this.embedded = owned.floats(steps, batch, config.embedding());
    this.embeddedRows = embedded.reshape(rows, config.embedding());
    this.hidden = owned.floats(steps, batch, config.hidden());
    boolean drops = training && model.outputDropout().active();
    this.dropped =
        drops ? owned.floats(rows, config.hidden()) : hidden.reshape(rows, config.hidden());
    this.loss = owned.floats(rows);
    boolean dropsEmbedded = training && model.embeddingDropout().active();
    this.lookup = dropsEmbedded ? null : model.encoder().lookup(ids);
    if (training) {
      Tensor dOut = owned.floats(rows, config.hidden());
      Tensor dIn = owned.floats(steps, batch, config.embedding());
      this.dDropped = dOut;
      this.outputGradients = model.outputGradients();
      this.dEmbedded = dIn;
      Tensor dy = dOut.reshape(steps, batch, config.hidden());
      this.gradients =
          lookup == null
              ? model.recurrent().gradients(dy, dIn)
              : model.recurrent().gradients(dy, dIn, model.encoder().gradient());
    } else {
      this.dDropped = null;
      this.outputGradients = null;
      this.dEmbedded = null;
      this.gradients = null;
    }
    this.output =
        model.loss(
            new SampledSoftmaxLoss.Rows(
                dropped, dDropped == null ? dropped : dDropped, targets, loss),
            training);
  }

  /** Announces that the model's weights stay unchanged, see {@link RnnTape#weightsStay}. */
  public void weightsStay(long rows) {
    try (SoleUse.Use _ = use.begin()) {
      tape.weightsStay(rows);
    }
  }

  /** Returns the time steps {@code T}. */
  public int steps() {
    return steps;
  }

  /** Sequences {@code B}. */
  public int batch() {
    return batch;
  }

  /**
   * Loads the tokens of a window, time-major {@code (T, B)}.
   *
   * @param inputs the input tokens, each in [0, V)
   * @param wanted the target tokens, each in [0, V) or {@link TokenLoss#IGNORE}
   */
  public void load(int[] inputs, int[] wanted) {
    try (SoleUse.Use _ = use.begin()) {
      backend.upload(inputs, 0, steps * batch, ids);
      backend.upload(wanted, 0, steps * batch, targets);
      output.load(wanted);
      LargeVocabulary large = model.large();
      if (training && large != null) {
        large.inputs().add(inputs, steps * batch);
      }
    }
  }

  /** Computes the state after the tokens loaded, and what {@link #logits} needs; no losses. */
  void read(CarriedState state) {
    try (SoleUse.Use _ = use.resume();
        SoleUse.Use _ = state.use().resume()) {
      forward(state, null);
    }
  }

  /** Sets the output of the recurrent stack to zero, as before any token. */
  void clear() {
    try (SoleUse.Use _ = use.begin()) {
      backend.fill(hidden, 0);
    }
  }

  /** Computes the losses of the tokens loaded, and the state after them. */
  public void evaluate(CarriedState state) {
    try (SoleUse.Use _ = use.resume()) {
      try (SoleUse.Use _ = state.use().resume()) {
        forward(state, null);
      }
      output.loss();
    }
  }

  /**
   * Computes the losses, the state after them, and accumulates the gradients of the mean loss; with
   * dropout of weights the gradients must be zero before.
   *
   * @param key what dropout draws from
   * @param scored number of targets that are not ignored
   */
  public void train(CarriedState state, RandomKey key, int scored) {
    train(state, key, scored, part -> {});
  }

  /**
   * Computes as {@link #train(CarriedState, RandomKey, int)} does.
   *
   * @param done receives the gradients of the output layer once they are there, before those of the
   *     recurrent stack are computed; not with tied weights or sampled softmax
   */
  void train(CarriedState state, RandomKey key, int scored, Consumer<Tensor> done) {
    try (SoleUse.Use _ = use.resume()) {
      if (dEmbedded == null || dDropped == null || gradients == null) {
        throw new IllegalStateException("this window was made for evaluation");
      }
      try (SoleUse.Use _ = state.use().resume()) {
        forward(state, key);
      }
      output.lossAndGradient(1.0 / Math.max(1, scored), key);
      if (outputGradients != null) {
        done.accept(outputGradients);
      }
      if (model.outputDropout().active()) {
        model.outputDropout().backward(dDropped, dDropped, key);
      }
      model.recurrent().backward(tape, gradients);
      if (lookup == null) {
        model.embeddingDropout().backward(dEmbedded, dEmbedded, key);
        model.encoder().backward(ids, dEmbedded.reshape(steps * batch, model.config().embedding()));
      }
    }
  }

  private void forward(CarriedState state, @Nullable RandomKey key) {
    if (lookup == null) {
      model.encoder().forward(ids, embeddedRows);
      if (key != null) {
        model.embeddingDropout().forward(embedded, embedded, key);
      }
    }
    RnnInOut inOut = new RnnInOut(embedded, state.before(), hidden, state.after(), lookup);
    model.recurrent().forward(tape, inOut, key);
    if (training && key != null && model.outputDropout().active()) {
      model.outputDropout().forward(hidden, dropped, key);
    }
  }

  /**
   * Returns the negative log-likelihoods of the last window, {@code (T·B)} in nats, 0 where
   * ignored.
   */
  public Tensor losses() {
    try (SoleUse.Use _ = use.resume()) {
      return loss;
    }
  }

  /**
   * Returns the outputs of the top layer in the last window, {@code (T·B, H)}. In training they are
   * those after dropout.
   */
  public Tensor hidden() {
    try (SoleUse.Use _ = use.resume()) {
      return dropped;
    }
  }

  /** Passes on the logits of every row of the last window, row {@code t·B + b} by row. */
  public void logits(TokenLoss.RowTaker taker) {
    try (SoleUse.Use _ = use.resume()) {
      output.logits(taker);
    }
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    output.close();
    tape.close();
    owned.close();
  }
}
