package org.lm4j.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.optim.Progress;
import org.lm4j.optim.Schedule;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.OneRank;
import org.lm4j.parallel.StepExchange;
import org.lm4j.tensor.Tensor;

/**
 * The training loop of all models: steps, schedule, clipping and optimizer, validation, best
 * weights, checkpoints, log. What a step computes is the {@link TrainingTask}'s.
 *
 * <p>Everything a step computes is a function of weights, moments, carried state, step number and
 * seed. All of that is in the checkpoint, so a run that was stopped continues with the same bits.
 */
public final class Trainer implements AutoCloseable {
  private final TrainingTask task;
  private final Backend backend;
  private final RunPlan plan;
  private final Recipe recipe;
  private final RunFiles files;
  private final KeptCheckpoints kept;
  private final WeightUpdate optimizer;
  private @Nullable Schedule schedule; // null until it is needed
  private final Finite.State finite;
  private final Tensor lossSum; // (1), of the step just done
  private final StepReports reports;
  private final Validations validations;

  private final StepExchange exchange;

  // Of the step that is next, for computeStep.
  private final Runnable computeStep = this::computeStep;
  private double rate;

  private long step;
  private double secondsBefore;
  private long startedNanos;
  private double savedSeconds;
  private boolean bestUnsaved; // the weights as they are now are the best
  private volatile boolean stopRequested;

  /**
   * Creates a trainer at the beginning of a run; {@link #resume} restores an earlier one.
   *
   * @param task what is trained; closed with the trainer
   * @param folder where the checkpoint is kept
   */
  public Trainer(TrainingTask task, RunPlan plan, Path folder) {
    this(task, plan, folder, OneRank.INSTANCE);
  }

  /**
   * Creates a trainer of one of several processes; the first one logs and saves.
   *
   * @param task the steps of this process, whose gradients are those of its rows of each batch
   */
  public Trainer(TrainingTask task, RunPlan plan, Path folder, Communicator ranks) {
    try {
      plan.cadence().requirePossible(task);
    } catch (InputException e) {
      task.close();
      throw e;
    }
    this.exchange = new StepExchange(ranks, task.backend());
    this.task = task;
    this.backend = task.backend();
    this.plan = plan;
    this.recipe = plan.recipe();
    this.files = new RunFiles(folder);
    this.kept = KeptCheckpoints.of(plan.cadence(), files);
    this.optimizer = task.update(recipe);
    if (!recipe.schedule().name().equals(Recipe.ScheduleChoice.OWN)) {
      this.schedule = recipe.schedule().schedule();
    }
    this.lossSum = backend.allocate(1);
    this.finite = new Finite.State(task, optimizer);
    this.reports = new StepReports(task, plan.length());
    this.validations = new Validations(task, plan.cadence());
  }

  /**
   * Restores the state of the checkpoint.
   *
   * @throws InputException if the checkpoint is damaged, does not fit model or text, or does not
   *     belong to the best weights in the folder
   */
  public void resume() {
    TrainingProgress progress = files.restore(task, optimizer);
    task.distribute();
    if (!progress.trainingHash().equals(task.dataHash())) {
      throw InputException.naming(
          "%s is not what this run was trained on; give {force} to start anew"
              .formatted(task.dataName()));
    }
    requireSameValidation(progress);
    step = progress.step();
    secondsBefore = progress.seconds();
    savedSeconds = secondsBefore;
    validations.resume(progress);
    reports.resume(progress);
  }

  /**
   * Requires the validation data of the run so far, because losses on other data do not show
   * whether the weights have improved.
   */
  private void requireSameValidation(TrainingProgress progress) {
    String before = progress.validationHash();
    if (before != null && !before.equals(task.validationHash())) {
      throw InputException.naming(
          "the held-out data are not those by which the run in %s chose its best weights; name the same, or give {force} to start anew"
              .formatted(files.folder()));
    }
  }

  /** Returns the files of the run. */
  public RunFiles files() {
    return files;
  }

  /**
   * Returns notes about the files a run is resumed from, for the user; empty if all was in order.
   */
  public List<String> notes() {
    return List.copyOf(files.notes());
  }

  /**
   * Replaces the schedule of the recipe by a value, before the run. Its warm-up stays the recipe's.
   */
  public void useSchedule(Schedule own) {
    schedule = recipe.schedule().warmedUp(own);
  }

  /** Asks the run to end after the step it is in. May be called from any thread. */
  public void requestStop() {
    stopRequested = true;
  }

  /** Returns the number of steps done so far. */
  public long step() {
    return step;
  }

  /** Returns the number of steps of one pass over the data. */
  public long stepsPerEpoch() {
    return task.stepsPerEpoch();
  }

  /** Returns the unit of the losses. */
  public Unit counted() {
    return task.counted();
  }

  /** Returns whether there are held-out data. */
  public boolean validates() {
    return task.validates();
  }

  /** Returns whether the last validations have not improved, so that the run ends early. */
  public boolean endsEarly() {
    return plan.cadence().endsEarly(validations.losses());
  }

  /** Returns the lowest loss of the validations whose weights compete for the best ones. */
  public OptionalDouble bestValidationLoss() {
    return progress().bestLoss();
  }

  /** Returns the losses of all validations so far. */
  public List<Double> validationLosses() {
    return List.copyOf(validations.losses());
  }

  /**
   * Trains until the planned length is reached, validations no longer improve if the plan says so,
   * or a stop is asked for, then saves.
   *
   * @return whether it ran to its end
   * @throws TrainingFailure if loss or weights are no longer finite numbers; the last checkpoint
   *     and the best weights stay
   */
  public boolean run(TrainingListener listener, MetricsLog log) {
    RunLength length = plan.length();
    if (schedule == null) {
      schedule = recipe.schedule().schedule(); // refused: it has no name
    }
    Milestones milestones = Milestones.of(plan.cadence(), task);
    if (exchange.leads()) {
      milestones.announce(step, length.totalSteps(stepsPerEpoch()), task, files, listener::note);
      kept.begin(step, task, optimizer.moments().size(), listener::note);
    }
    startedNanos = System.nanoTime();
    exchange.agree(stopRequested, clock());
    if (step == 0 && !files.hasCheckpoint()) {
      save(log);
    }
    reports.beginAt(seconds());
    SamplePlan samples = plan.cadence().samples();
    boolean over = length.over(step, seconds(), stepsPerEpoch()) || endsEarly();
    while (!over && !exchange.stops(stopRequested)) {
      oneStep(length);
      over = length.over(step, seconds(), stepsPerEpoch());
      boolean validates = validations.areDue(step, over);
      boolean saves = validates || checkpointDue();
      boolean passes = milestones.isDue(step);
      boolean shows = samples != null && samples.isDue(step);
      if (saves || over || passes || shows || reports.areFull()) {
        report(listener, log, over);
      }
      if (passes) {
        requireFiniteState();
        if (exchange.leads()) {
          milestones.save(step, task, files, listener::note);
        }
      }
      if (validates) {
        validate(listener, log);
        over |= endsEarly();
      }
      if (samples != null && shows && exchange.leads()) {
        requireFiniteState();
        samples.show(step, task, listener, log);
      }
      if (validates) { // before the run itself is saved, so that a kill misses none
        task.collect(exchange.ranks());
        if (exchange.leads()) {
          kept.save(task, optimizer, plan, progress(), log);
        }
      }
      if (saves) {
        save(log);
      }
    }
    report(listener, log, over);
    bestUnsaved |= over && validations.losses().isEmpty();
    save(log);
    return over;
  }

  private void oneStep(RunLength length) {
    long perEpoch = stepsPerEpoch();
    double fraction = length.fraction(step, seconds(), perEpoch);
    Progress progress = new Progress(step, step / perEpoch, fraction, validations.losses());
    rate = recipe.optimizer().learningRate() * Objects.requireNonNull(schedule).factor(progress);
    int scored = task.prepare(step, new RandomKey(recipe.seed(), step));
    if (exchange.isAlone()) {
      backend.step(computeStep);
    } else {
      backend.step(() -> task.compute(lossSum, exchange::begin));
      exchange.sum(task.parameters().gradients(), task.exchanged(), lossSum);
      backend.step(() -> optimizer.step(rate));
    }
    task.advance();
    step++;
    exchange.agree(stopRequested, clock());
    reports.add(lossSum, optimizer.norm(), rate, scored);
  }

  /** Computes a step on the backend, with the same operations on the same memory each time. */
  private void computeStep() {
    task.compute(lossSum);
    optimizer.step(rate);
  }

  /**
   * Passes on the results of the steps since the last call.
   *
   * @param last whether no step follows
   * @throws TrainingFailure if a result is not a finite number
   */
  private void report(TrainingListener listener, MetricsLog log, boolean last) {
    reports.pass(step, seconds(), last, listener, log, files::diverged);
  }

  /** Checks the weights before they are kept. */
  private void requireFiniteState() {
    requireNothing(finite.broken());
  }

  private void requireNothing(@Nullable String broken) {
    if (broken != null) {
      throw files.diverged(broken, step);
    }
  }

  private boolean checkpointDue() {
    long every = plan.cadence().checkpointSteps();
    return every > 0 ? step % every == 0 : seconds() - savedSeconds > 60;
  }

  private void validate(TrainingListener listener, MetricsLog log) {
    if (validations.areDone(step)) {
      return;
    }
    requireFiniteState();
    TrainingTask.Validation score = validations.score(exchange.ranks(), step, files::diverged);
    boolean best = progress().lastIsBest();
    if (best) {
      bestUnsaved = true;
    }
    TrainingListener.ValidationReport report =
        new TrainingListener.ValidationReport(
            step,
            (double) step / stepsPerEpoch(),
            score.loss(),
            score.targets(),
            best,
            score.accuracy());
    log.validation(report);
    listener.validation(report);
  }

  /** Writes a checkpoint, and with it the weights if they are the best so far. */
  private void save(MetricsLog log) {
    task.collect(exchange.ranks());
    requireFiniteState();
    exchange.requireEqual(finite.weightsNorm());
    if (exchange.leads()) {
      files.save(task, optimizer, plan, progress(), bestUnsaved, log);
    }
    bestUnsaved = false;
    savedSeconds = seconds();
  }

  /**
   * Writes the first checkpoint and weights of a run that is put together aside.
   *
   * @param rehearse whether to compute the first step too, without taking it, so that what hinders
   *     it shows before an older model is replaced
   * @throws TrainingFailure if weights or loss are not finite
   */
  public void saveAside(boolean rehearse) {
    requireFiniteState();
    files.saveAside(task, optimizer, plan, progress());
    if (rehearse) {
      task.prepare(0, new RandomKey(recipe.seed(), 0));
      backend.step(() -> task.compute(lossSum));
      requireNothing(finite.broken(lossSum, "losses"));
    }
  }

  private TrainingProgress progress() {
    return new TrainingProgress(
        step,
        seconds(),
        task.dataHash(),
        validations.losses(),
        reports.intervalLoss(),
        reports.intervalTokens(),
        task.validationHash(),
        validations.bestFrom());
  }

  /** Returns the seconds of training, including those before the run was resumed. */
  public double seconds() {
    if (startedNanos == 0) {
      return secondsBefore; // not running yet
    }
    return exchange.seconds(clock());
  }

  private double clock() {
    return secondsBefore + (System.nanoTime() - startedNanos) / 1e9;
  }

  @Override
  public void close() {
    task.close();
    optimizer.close();
    reports.close();
    lossSum.storage().close();
    finite.close();
    exchange.close();
  }
}
