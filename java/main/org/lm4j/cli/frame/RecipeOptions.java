package org.lm4j.cli.frame;

import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.train.Recipe;
import picocli.CommandLine.Option;

/** How to train. Unset options are null, so that a continued run can tell what was asked. */
public final class RecipeOptions {
  private static final int BATCH = 50;
  private static final int BPTT = 50;
  private static final String OPTIMIZER = "adam";
  private static final double MOMENTUM = 0.9;
  private static final String SCHEDULE = "constant";
  private static final double DECAY = 0.5;
  public static final double CLIP = 5;
  private static final double CLIP_SGD = 0.25;
  private static final long SEED = 1;

  private final Supplier<Defaults> defaultsOf;

  /** For language models. */
  public RecipeOptions() {
    this(new Defaults(BATCH, Recipe.OptimizerChoice::defaultLearningRate, CLIP_SGD));
  }

  /** For models with other defaults. */
  public RecipeOptions(Defaults defaults) {
    this(() -> defaults);
  }

  /** For models whose defaults depend on other options. */
  public RecipeOptions(Supplier<Defaults> defaults) {
    this.defaultsOf = defaults;
  }

  /**
   * What differs between kinds of models.
   *
   * @param batch streams or examples side by side
   * @param rate the base learning rate of an optimizer
   * @param clipSgd limit of the gradients' norm for sgd, momentum and nesterov
   * @param optimizer its name
   * @param schedule its name
   */
  public record Defaults(
      int batch, ToDoubleFunction<String> rate, double clipSgd, String optimizer, String schedule) {
    /** With the usual optimizer and schedule. */
    Defaults(int batch, ToDoubleFunction<String> rate, double clipSgd) {
      this(batch, rate, clipSgd, OPTIMIZER, SCHEDULE);
    }
  }

  @Option(
      names = "--batch",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Streams of text trained on side by side [50].")
  private @Nullable Integer batch;

  @Option(
      names = "--bptt",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Steps of a window of truncated backpropagation [50].")
  private @Nullable Integer bptt;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      converter = Choices.Optimizers.class,
      completionCandidates = Choices.Optimizers.class,
      description = "One of ${COMPLETION-CANDIDATES} [adam].")
  private @Nullable String optimizer;

  @Option(
      names = {"--learning-rate", "--lr"},
      paramLabel = "X",
      converter = Converters.PositiveNumber.class,
      description =
          "Base learning rate [adam, adamw, rmsprop: 0.002; adagrad: 0.02; momentum, nesterov: 2;"
              + " sgd: 20]. The loss is the mean over all targets, as in PyTorch.")
  private @Nullable Double learningRate;

  @Option(
      names = "--momentum",
      paramLabel = "X",
      converter = Converters.Fraction.class,
      description = "Of the optimizers momentum and nesterov [0.9].")
  private @Nullable Double momentum;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description = "L2 coefficient; decoupled with adamw [0; adamw: 0.01].")
  private @Nullable Double weightDecay;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      converter = Choices.Schedules.class,
      completionCandidates = Choices.Schedules.class,
      description = "How the learning rate changes: ${COMPLETION-CANDIDATES} [constant].")
  private @Nullable String schedule;

  @Option(
      names = "--decay",
      paramLabel = "X",
      converter = Converters.PositiveNumber.class,
      description = "Factor of the schedules step and plateau [step: 0.5; plateau: 0.25].")
  private @Nullable Double decay;

  @Option(
      names = "--decay-every",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Epochs between two decays of the schedule step [1].")
  private @Nullable Integer decayEvery;

  @Option(
      names = "--decay-after",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "Epochs before the schedule step begins to decay [--decay-every].")
  private @Nullable Integer decayAfter;

  @Option(
      names = "--patience",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "Validations without improvement that the schedule plateau tolerates [0].")
  private @Nullable Integer patience;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "Steps over which the learning rate rises linearly at the start [0].")
  private @Nullable Integer warmup;

  @Option(
      names = "--clip",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description =
          "Limit of the norm of all gradients together, 0 for none [5; sgd, momentum, nesterov:"
              + " 0.25].")
  private @Nullable Double clip;

  @Option(
      names = "--clip-value",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description = "Limit of each gradient's absolute value, 0 for none [0].")
  private @Nullable Double clipValue;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of first weights and dropout; the same seed gives the same run [1].")
  private @Nullable Long seed;

  /**
   * The recipe, with what is not asked for taken from {@code base}, or from the defaults.
   *
   * @throws InputException if a value is out of range
   */
  public Recipe recipe(@Nullable Recipe base) {
    try {
      return new Recipe(
          pick(batch, base == null ? defaultsOf.get().batch() : base.batch()),
          pick(bptt, base == null ? BPTT : base.bptt()),
          optimizer(base == null ? null : base.optimizer()),
          schedule(base == null ? null : base.schedule()),
          clip(base == null ? null : base.clip()),
          pick(seed, base == null ? SEED : base.seed()));
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }

  private Recipe.OptimizerChoice optimizer(Recipe.@Nullable OptimizerChoice base) {
    if (base != null) {
      return new Recipe.OptimizerChoice(
          pick(optimizer, base.name()),
          pick(learningRate, base.learningRate()),
          pick(momentum, base.momentum()),
          pick(weightDecay, base.weightDecay()));
    }
    Defaults defaults = defaultsOf.get();
    String name = pick(optimizer, defaults.optimizer());
    return new Recipe.OptimizerChoice(
        name,
        pick(learningRate, defaults.rate().applyAsDouble(name)),
        pick(momentum, MOMENTUM),
        pick(weightDecay, name.equals("adamw") ? 0.01 : 0));
  }

  private Recipe.ScheduleChoice schedule(Recipe.@Nullable ScheduleChoice base) {
    if (base != null) {
      return new Recipe.ScheduleChoice(
          pick(schedule, base.name()),
          pick(decay, base.decay()),
          pick(decayEvery, base.every()),
          pick(decayAfter, base.after()),
          pick(patience, base.patience()),
          warmup == null ? base.warmup() : warmup);
    }
    String name = pick(schedule, defaultsOf.get().schedule());
    int every = pick(decayEvery, 1);
    return new Recipe.ScheduleChoice(
        name,
        pick(decay, name.equals("plateau") ? 0.25 : DECAY),
        every,
        pick(decayAfter, every),
        pick(patience, 0),
        pick(warmup, 0));
  }

  private Recipe.ClipChoice clip(Recipe.@Nullable ClipChoice base) {
    if (base != null) {
      return new Recipe.ClipChoice(pick(clip, base.norm()), pick(clipValue, base.value()));
    }
    Defaults defaults = defaultsOf.get();
    boolean plain =
        switch (pick(optimizer, defaults.optimizer())) {
          case "sgd", "momentum", "nesterov" -> true;
          default -> false;
        };
    return new Recipe.ClipChoice(
        pick(clip, plain ? defaults.clipSgd() : CLIP), pick(clipValue, 0.0));
  }

  private static <T> T pick(@Nullable T asked, T otherwise) {
    return asked == null ? otherwise : asked;
  }
}
