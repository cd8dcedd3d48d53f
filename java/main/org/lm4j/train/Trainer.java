package org.lm4j.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.CarriedState;
import org.lm4j.model.LanguageModel;
import org.lm4j.model.ModelFolder;
import org.lm4j.model.Window;
import org.lm4j.optim.Optimizer;
import org.lm4j.optim.Progress;
import org.lm4j.optim.Schedule;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.StreamBatches;
import org.lm4j.text.TokenFile;

/**
 * Trains a language model by truncated backpropagation through time (Williams and Peng, 1990): the
 * text runs in {@code B} streams, window after window of {@code T} steps; gradients stop at the
 * window's edges, the hidden state is carried over them and is zero at an epoch's start.
 *
 * <p>Everything a step computes is a function of weights, moments, carried state, step number and
 * seed. All of that is in the checkpoint, so a run that was stopped goes on with the same bits.
 */
public final class Trainer implements AutoCloseable {
  private final LanguageModel model;
  private final Backend backend;
  private final Recipe recipe;
  private final ModelFolder folder;
  private final Checkpoint checkpoint;
  private final TokenFile training;
  private final @Nullable TokenFile validation;
  private final Cadence cadence;
  private final StreamBatches batches;
  private final Optimizer optimizer;
  private final Schedule schedule;
  private final CarriedState state;
  private final Map<Integer, Window> windows =
      new HashMap<>(); // by steps: T, and a shorter last one
  private final int[] inputs;
  private final int[] targets;
  private final HostStorage scalarStorage = new HostStorage(3L * DType.F64.bytes());
  private final Tensor lossSum = new Tensor(scalarStorage, 0, Shape.of(1), DType.F64);
  private final Tensor normOnHost = new Tensor(scalarStorage, 1, Shape.of(2), DType.F64);
  private final Tensor lossSumOnDevice;

  private final List<Double> validationLosses = new ArrayList<>();
  private final String trainingHash;
  private long step;
  private double secondsBefore;
  private long startedNanos;
  private double intervalLoss;
  private long intervalTokens;
  private long validatedStep = -1;
  private double savedSeconds;
  private volatile boolean stopRequested;

  /**
   * How often things happen; none of it changes what is computed, but validations steer the plateau
   * schedule and the choice of the best weights.
   *
   * @param validationSteps steps between validations; 0 for once an epoch
   * @param validationStreams streams side by side while validating
   * @param checkpointSteps steps between checkpoints; 0 for about once a minute
   */
  public record Cadence(long validationSteps, int validationStreams, long checkpointSteps) {}

  /**
   * A run at its beginning; {@link #resume} puts it where an earlier one stopped.
   *
   * @param validation held-out tokens, or null
   */
  public Trainer(
      LanguageModel model,
      Recipe recipe,
      ModelFolder folder,
      TokenFile training,
      @Nullable TokenFile validation,
      Cadence cadence) {
    this.model = model;
    this.backend = model.backend();
    this.recipe = recipe;
    this.folder = folder;
    this.checkpoint = new Checkpoint(folder.path());
    this.training = training;
    this.validation = validation;
    this.cadence = cadence;
    this.trainingHash = training.hash();
    this.batches = new StreamBatches(training, recipe.batch(), recipe.bptt());
    this.optimizer =
        new Optimizer(
            backend, model.parameters(), recipe.optimizer().rule(), recipe.clip().clipping());
    this.schedule = recipe.schedule().schedule();
    this.state = model.newState(recipe.batch());
    this.inputs = new int[recipe.batch() * recipe.bptt()];
    this.targets = new int[inputs.length];
    this.lossSumOnDevice = backend.allocate(1);
  }

  /**
   * Goes back to where the checkpoint was written.
   *
   * @throws org.lm4j.InputException if the checkpoint does not fit model or text
   */
  public void resume() {
    TrainingProgress progress = checkpoint.restore(model, optimizer, state);
    if (!progress.trainingHash().equals(trainingHash)) {
      throw new org.lm4j.InputException(
          "%s is not the text this run was trained on; give --force to start anew"
              .formatted(training.path()));
    }
    step = progress.step();
    secondsBefore = progress.seconds();
    savedSeconds = secondsBefore;
    validationLosses.clear();
    validationLosses.addAll(progress.validationLosses());
    intervalLoss = progress.intervalLoss();
    intervalTokens = progress.intervalTokens();
  }

  /** Asks the run to end after the step it is in. May be called from any thread. */
  public void requestStop() {
    stopRequested = true;
  }

  /** Steps done so far. */
  public long step() {
    return step;
  }

  /** Windows, and so steps, of one pass over the text. */
  public long windowsPerEpoch() {
    return batches.windows();
  }

  /** Losses of all validations so far. */
  public List<Double> validationLosses() {
    return List.copyOf(validationLosses);
  }

  /**
   * Trains until the length is reached or a stop is asked for, then saves.
   *
   * @return whether it ran to its end
   * @throws TrainingFailure if the loss is no longer a finite number; the last checkpoint stays
   */
  public boolean run(RunLength length, TrainingListener listener, MetricsLog log) {
    startedNanos = System.nanoTime();
    if (step == 0 && !checkpoint.exists()) {
      save();
    }
    boolean over = length.over(step, seconds(), windowsPerEpoch());
    while (!over && !stopRequested) {
      TrainingListener.StepReport report = oneStep(length);
      over = length.over(step, seconds(), windowsPerEpoch());
      log(report, log, over);
      listener.step(report);
      if (validation != null && (over || validationDue())) {
        validate(listener, log);
        save();
      } else if (checkpointDue()) {
        save();
      }
    }
    if (validation == null || validationLosses.isEmpty()) {
      folder.saveWeights(model);
    }
    save();
    return over;
  }

  private TrainingListener.StepReport oneStep(RunLength length) {
    long perEpoch = windowsPerEpoch();
    long window = step % perEpoch;
    if (window == 0) {
      state.reset();
    }
    double fraction = length.fraction(step, seconds(), perEpoch);
    Progress progress = new Progress(step, step / perEpoch, fraction, validationLosses);
    double rate = recipe.optimizer().learningRate() * schedule.factor(progress);
    int steps = batches.stepsOf(window);
    int scored = steps * recipe.batch();
    Window run = windows.computeIfAbsent(steps, t -> model.window(t, recipe.batch(), true));
    batches.fill(window, inputs, targets);
    run.load(inputs, targets);
    run.train(state, new RandomKey(recipe.seed(), step), scored);
    backend.sum(run.losses(), lossSumOnDevice);
    optimizer.step(rate);
    state.advance();
    step++;
    backend.download(lossSumOnDevice, lossSum);
    backend.download(optimizer.norm(), normOnHost);
    double loss = lossSum.get(0) / scored;
    double norm = normOnHost.get(0);
    requireFinite(loss, norm);
    intervalLoss += lossSum.get(0);
    intervalTokens += scored;
    return new TrainingListener.StepReport(
        step,
        (double) step / perEpoch,
        length.fraction(step, seconds(), perEpoch),
        loss,
        rate,
        norm,
        scored,
        seconds());
  }

  private void requireFinite(double loss, double norm) {
    if (Double.isFinite(loss) && Double.isFinite(norm)) {
      return;
    }
    String what = Double.isFinite(loss) ? "gradient norm became " + norm : "loss became " + loss;
    throw new TrainingFailure(
        ("the %s at step %d; the last good checkpoint is kept in %s. Try a lower --learning-rate or"
                + " a lower --clip, then continue with --resume or start anew with --force")
            .formatted(what, step, folder.path()));
  }

  private boolean validationDue() {
    long every = cadence.validationSteps() > 0 ? cadence.validationSteps() : windowsPerEpoch();
    return step % every == 0;
  }

  private boolean checkpointDue() {
    return cadence.checkpointSteps() > 0
        ? step % cadence.checkpointSteps() == 0
        : seconds() - savedSeconds > 60;
  }

  private void validate(TrainingListener listener, MetricsLog log) {
    if (validation == null || validatedStep == step) {
      return;
    }
    Evaluator.Score score;
    try (Evaluator evaluator = new Evaluator(model, validation, cadence.validationStreams())) {
      score = evaluator.score(null, null);
    }
    validationLosses.add(score.loss());
    validatedStep = step;
    boolean best = progress().lastIsBest();
    if (best) {
      folder.saveWeights(model);
    }
    TrainingListener.ValidationReport report =
        new TrainingListener.ValidationReport(
            step, (double) step / windowsPerEpoch(), score.loss(), score.targets(), best);
    log.validation(report);
    listener.validation(report);
  }

  private void log(TrainingListener.StepReport report, MetricsLog log, boolean last) {
    if (last || log.due(step)) {
      log.training(report, intervalLoss / intervalTokens, intervalTokens);
      intervalLoss = 0;
      intervalTokens = 0;
    }
  }

  private void save() {
    checkpoint.save(model, optimizer, state, recipe, progress());
    savedSeconds = seconds();
  }

  private TrainingProgress progress() {
    return new TrainingProgress(
        step, seconds(), trainingHash, validationLosses, intervalLoss, intervalTokens);
  }

  private double seconds() {
    return secondsBefore + (System.nanoTime() - startedNanos) / 1e9;
  }

  @Override
  public void close() {
    windows.values().forEach(Window::close);
    state.close();
    optimizer.close();
    lossSumOnDevice.storage().close();
    scalarStorage.close();
  }
}
