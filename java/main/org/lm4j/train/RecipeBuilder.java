package org.lm4j.train;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.optim.Schedule;

/**
 * Builds a {@link Recipe} and the length of a run. What is not set has the default of the kind of
 * model, which is the default of the command line too.
 *
 * <pre>
 *   Recipe.defaults().epochs(5).learningRate(0.002).schedule("cosine")
 * </pre>
 *
 * <p>A builder is changed by its methods, which return it; it is for one thread.
 */
public final class RecipeBuilder {
  private @Nullable Integer batch;
  private @Nullable Integer bptt;
  private @Nullable String optimizer;
  private @Nullable Double learningRate;
  private @Nullable Double momentum;
  private @Nullable Double weightDecay;
  private @Nullable String schedule;
  private @Nullable Schedule ownSchedule;
  private @Nullable Double decay;
  private @Nullable Integer decayEvery;
  private @Nullable Integer decayAfter;
  private @Nullable Integer patience;
  private @Nullable Long warmup;
  private @Nullable Double clip;
  private @Nullable Double clipValue;
  private @Nullable Long seed;
  private @Nullable Double epochs;
  private @Nullable Long steps;
  private @Nullable Duration time;
  private long validateEvery;
  private @Nullable Integer validationStreams;
  private long checkpointEvery;
  private @Nullable List<Long> saveAt;
  private @Nullable Integer stopAfter;
  private @Nullable Integer keep;
  private @Nullable SamplePlan samples;

  RecipeBuilder() {}

  /** Sets the number of streams of text, or of examples, in a batch. */
  public RecipeBuilder batch(int size) {
    batch = size;
    return this;
  }

  /** Sets the number of time steps in a window of truncated backpropagation. */
  public RecipeBuilder bptt(int windowSteps) {
    bptt = windowSteps;
    return this;
  }

  /** Sets the update rule by name: one of {@value Recipe.OptimizerChoice#NAMES}. */
  public RecipeBuilder optimizer(String name) {
    optimizer = name;
    return this;
  }

  /**
   * Sets the update rule as a value. The rules are a closed set, since every backend computes them
   * itself; their constants other than momentum and weight decay are those of PyTorch.
   *
   * @throws IllegalArgumentException if another constant differs from PyTorch's default: a
   *     checkpoint does not save it
   */
  public RecipeBuilder optimizer(UpdateRule rule) {
    String name =
        switch (rule) {
          case UpdateRule.Sgd sgd ->
              sgd.nesterov() ? "nesterov" : sgd.momentum() > 0 ? "momentum" : "sgd";
          case UpdateRule.RmsProp _ -> "rmsprop";
          case UpdateRule.AdaGrad _ -> "adagrad";
          case UpdateRule.Adam adam -> adam.decoupled() ? "adamw" : "adam";
          case UpdateRule.Anchored _ ->
              throw new IllegalArgumentException("the rule of dynamic evaluation trains no model");
        };
    double ownMomentum = rule instanceof UpdateRule.Sgd sgd ? sgd.momentum() : 0;
    UpdateRule named = new Recipe.OptimizerChoice(name, 1, ownMomentum, rule.weightDecay()).rule();
    if (!named.equals(rule)) {
      throw new IllegalArgumentException(
          rule + " has other constants than " + named + ", which a checkpoint does not save");
    }
    optimizer = name;
    weightDecay = rule.weightDecay();
    if (rule instanceof UpdateRule.Sgd && ownMomentum > 0) {
      momentum = ownMomentum;
    }
    return this;
  }

  /** Sets the base learning rate, before the schedule. */
  public RecipeBuilder learningRate(double rate) {
    learningRate = rate;
    return this;
  }

  /** Sets the momentum of the optimizers momentum and nesterov, in [0, 1). */
  public RecipeBuilder momentum(double value) {
    momentum = value;
    return this;
  }

  /** Sets the L2 coefficient, which is decoupled for adamw. */
  public RecipeBuilder weightDecay(double coefficient) {
    weightDecay = coefficient;
    return this;
  }

  /** Sets the learning-rate schedule by name: one of {@value Recipe.ScheduleChoice#NAMES}. */
  public RecipeBuilder schedule(String name) {
    schedule = name;
    ownSchedule = null;
    return this;
  }

  /**
   * Sets the learning-rate schedule as a value, one of the library's or the caller's own. A
   * schedule as a value is not saved: to resume the run, the same value has to be given again, and
   * the command line cannot resume it without another schedule.
   */
  public RecipeBuilder schedule(Schedule own) {
    schedule = Recipe.ScheduleChoice.OWN;
    ownSchedule = own;
    return this;
  }

  /** Sets the factor of the schedules step and plateau, in (0, 1]. */
  public RecipeBuilder decay(double factor) {
    decay = factor;
    return this;
  }

  /**
   * Sets after how many epochs the schedule step begins to decay, and the epochs between decays.
   */
  public RecipeBuilder decayEpochs(int after, int every) {
    decayAfter = after;
    decayEvery = every;
    return this;
  }

  /** Sets how many validations without improvement the schedule plateau tolerates. */
  public RecipeBuilder patience(int validations) {
    patience = validations;
    return this;
  }

  /** Sets the number of steps over which the learning rate rises linearly at the start. */
  public RecipeBuilder warmup(long rampSteps) {
    warmup = rampSteps;
    return this;
  }

  /** Sets the limit of the norm of all gradients together; 0 for none. */
  public RecipeBuilder clip(double norm) {
    clip = norm;
    return this;
  }

  /** Sets the limit of the absolute value of each gradient; 0 for none. */
  public RecipeBuilder clipValue(double limit) {
    clipValue = limit;
    return this;
  }

  /** Sets the seed of initial weights, dropout and order; the same seed gives the same run. */
  public RecipeBuilder seed(long value) {
    seed = value;
    return this;
  }

  /** Ends the run after a number of passes over the training data; 0.5 is half a pass. */
  public RecipeBuilder epochs(double passes) {
    epochs = passes;
    return this;
  }

  /** Ends the run after a number of steps. */
  public RecipeBuilder steps(long count) {
    steps = count;
    return this;
  }

  /** Ends the run after so much time of training. */
  public RecipeBuilder time(Duration limit) {
    time = limit;
    return this;
  }

  /** Sets the number of steps between validations; 0 for once an epoch. */
  public RecipeBuilder validateEvery(long count) {
    validateEvery = count;
    return this;
  }

  /** Sets the number of streams into which a language model's validation text is divided. */
  public RecipeBuilder validationStreams(int streams) {
    validationStreams = streams;
    return this;
  }

  /** Sets the number of steps between checkpoints; 0 for about once a minute. */
  public RecipeBuilder checkpointEvery(long count) {
    checkpointEvery = count;
    return this;
  }

  /**
   * Saves the model after amounts of text, each in a folder of its name inside the model folder,
   * see {@link Milestones}. Of language models.
   *
   * @param words amounts in words; text that is read again counts again
   */
  public RecipeBuilder saveAt(long... words) {
    saveAt = Arrays.stream(words).boxed().toList();
    return this;
  }

  /** Ends the run early after so many validations in a row without an improvement. */
  public RecipeBuilder stopAfter(int validations) {
    stopAfter = validations;
    return this;
  }

  /**
   * Keeps the checkpoints of the last validations, each as a model folder {@code checkpoint-STEP}
   * inside the model folder.
   */
  public RecipeBuilder keep(int checkpoints) {
    keep = checkpoints;
    return this;
  }

  /**
   * Generates texts on the way, which {@link MetricsLog#samples} returns. Of language models.
   *
   * @throws IllegalArgumentException see {@link SamplePlan}
   */
  public RecipeBuilder samples(SamplePlan plan) {
    samples = plan;
    return this;
  }

  /** Returns the schedule that was set as a value; null where one was set by name, or none. */
  public @Nullable Schedule ownSchedule() {
    return ownSchedule;
  }

  /**
   * Returns the recipe, with the defaults of a kind of model for what is not set.
   *
   * @throws IllegalArgumentException if a value is out of range or a name unknown
   */
  public Recipe recipe(TrainingDefaults defaults) {
    String scheduleName = pick(schedule, defaults.schedule());
    Recipe usual = defaults.recipe(pick(optimizer, defaults.optimizer()), scheduleName);
    int every = pick(decayEvery, usual.schedule().every());
    return new Recipe(
        pick(batch, usual.batch()),
        pick(bptt, usual.bptt()),
        new Recipe.OptimizerChoice(
            usual.optimizer().name(),
            pick(learningRate, usual.optimizer().learningRate()),
            pick(momentum, usual.optimizer().momentum()),
            pick(weightDecay, usual.optimizer().weightDecay())),
        new Recipe.ScheduleChoice(
            scheduleName,
            pick(decay, usual.schedule().decay()),
            every,
            pick(decayAfter, every),
            pick(patience, usual.schedule().patience()),
            pick(warmup, usual.schedule().warmup())),
        new Recipe.ClipChoice(
            pick(clip, usual.clip().norm()), pick(clipValue, usual.clip().value())),
        pick(seed, usual.seed()));
  }

  /**
   * Returns the recipe, length and cadence of a run.
   *
   * @param origin see {@link RunPlan}
   * @throws IllegalArgumentException if a value is out of range or a name unknown
   */
  public RunPlan plan(TrainingDefaults defaults, @Nullable Origin origin) {
    RunLength length =
        epochs == null && steps == null && time == null
            ? defaults.length()
            : new RunLength(epochs, steps, time == null ? null : time.toMillis() / 1e3);
    return new RunPlan(
        recipe(defaults),
        length,
        new Cadence(
            validateEvery,
            pick(validationStreams, VALIDATION_STREAMS),
            checkpointEvery,
            saveAt,
            stopAfter,
            keep,
            samples),
        origin);
  }

  /** The number of streams that a validation text is cut into unless another one is set. */
  public static final int VALIDATION_STREAMS = 20;

  private static <T> T pick(@Nullable T set, T otherwise) {
    return set == null ? otherwise : set;
  }
}
