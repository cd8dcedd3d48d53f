package org.lm4j.task.lm;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.StreamBatches;
import org.lm4j.text.TokenFile;
import org.lm4j.train.Origin;
import org.lm4j.train.RunPlan;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;

/**
 * Truncated backpropagation through time (Williams and Peng, 1990): the text runs in {@code B}
 * streams, window after window of {@code T} steps; gradients stop at the window's edges, the hidden
 * state is carried over them and is zero at an epoch's start.
 */
final class LanguageModelTask implements TrainingTask {
  private static final String[] CARRIED = {"state.h", "state.c"};

  private final LanguageModelNetwork model;
  private final TokenFile training;
  private final @Nullable TokenFile validation;
  private final int validationStreams;
  private final int batch;
  private final StreamBatches batches;
  private final String trainingHash;
  private final CarriedState state;
  private final Map<Integer, Window> windows =
      new HashMap<>(); // by steps: T, and a shorter last one
  private final @Nullable Tensor frozen; // the gradients of what stays as it is, or null
  private final int[] inputs;
  private final int[] targets;

  // Of the step that is prepared.
  private @Nullable Window window;
  private @Nullable RandomKey key;

  /**
   * Over texts that stay open.
   *
   * @param validation held-out tokens, or null
   */
  LanguageModelTask(
      LanguageModelNetwork model,
      RunPlan plan,
      TokenFile training,
      @Nullable TokenFile validation) {
    this.model = model;
    this.training = training;
    this.validation = validation;
    this.validationStreams = plan.cadence().validationStreams();
    this.batch = plan.recipe().batch();
    this.batches = new StreamBatches(training, batch, plan.recipe().bptt());
    this.trainingHash = training.hash();
    this.state = model.newState(batch);
    Origin origin = plan.origin();
    this.frozen =
        origin != null && origin.isFrozen()
            ? model.parameters().get(LanguageModelNetwork.ENCODER_WEIGHT).gradient()
            : null;
    if (frozen != null) {
      plan.recipe().requireNoDecay();
    }
    this.inputs = new int[batch * batches.stepsOf(0)];
    this.targets = new int[inputs.length];
  }

  @Override
  public Backend backend() {
    return model.backend();
  }

  @Override
  public Parameters parameters() {
    return model.parameters();
  }

  @Override
  public long stepsPerEpoch() {
    return batches.windows();
  }

  @Override
  public String dataHash() {
    return trainingHash;
  }

  @Override
  public @Nullable String validationHash() {
    return validation == null ? null : validation.hash();
  }

  @Override
  public Unit counted() {
    return Unit.TOKENS;
  }

  @Override
  public String dataName() {
    return training.path().toString();
  }

  @Override
  public int prepare(long step, RandomKey randomKey) {
    long place = step % stepsPerEpoch();
    if (place == 0) {
      state.reset();
    }
    int steps = batches.stepsOf(place);
    window = windows.computeIfAbsent(steps, t -> model.window(t, batch, true));
    key = randomKey;
    batches.fill(place, inputs, targets);
    return steps * batch;
  }

  @Override
  public void compute(Tensor lossSum) {
    Window run = Objects.requireNonNull(window);
    run.load(inputs, targets);
    run.train(state, Objects.requireNonNull(key), run.steps() * batch);
    backend().sum(run.losses(), lossSum);
    if (frozen != null) {
      backend().fill(frozen, 0); // without weight decay no update moves what never had one
    }
  }

  @Override
  public void advance() {
    state.advance();
  }

  @Override
  public Map<String, Tensor> carried() {
    Map<String, Tensor> named = new LinkedHashMap<>();
    List<Tensor> parts = state.parts();
    for (int i = 0; i < parts.size(); i++) {
      named.put(CARRIED[i], parts.get(i));
    }
    return named;
  }

  @Override
  public boolean validates() {
    return validation != null;
  }

  @Override
  public Validation validate() {
    if (validation == null) {
      throw new IllegalStateException("there is no text to validate on");
    }
    try (Evaluator evaluator = new Evaluator(model, validation, validationStreams)) {
      Evaluator.Score score = evaluator.score(null, null);
      return new Validation(score.loss(), score.targets());
    }
  }

  @Override
  public void saveWeights(Path into, @Nullable String unfinished) {
    LanguageModelFolder.aside(into).saveWeights(model, unfinished);
  }

  @Override
  public void close() {
    windows.values().forEach(Window::close);
    state.close();
  }
}
