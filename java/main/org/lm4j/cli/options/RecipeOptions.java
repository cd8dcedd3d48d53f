package org.lm4j.cli.options;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.train.Recipe;
import org.lm4j.train.TrainingDefaults;
import picocli.CommandLine.Option;

/**
 * The options of a training recipe. Unset options are null, so that a resumed run knows what was
 * asked.
 */
public class RecipeOptions implements HelpValues {
  private final Supplier<TrainingDefaults> defaults;

  /** Creates options with these defaults. */
  public RecipeOptions(TrainingDefaults defaults) {
    this(() -> defaults);
  }

  /** Creates options for models whose defaults depend on other options. */
  public RecipeOptions(Supplier<TrainingDefaults> defaults) {
    this.defaults = defaults;
  }

  @Option(names = "--batch", paramLabel = "N", description = "{Unit} in a batch [{batch}].")
  private @Nullable Integer batch;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      converter = Choices.Optimizers.class,
      completionCandidates = Choices.Optimizers.class,
      description = "Update rule: ${COMPLETION-CANDIDATES} [{optimizer}].")
  private @Nullable String optimizer;

  @Option(
      names = {"--learning-rate", "--lr"},
      paramLabel = "X",
      description = "Base learning rate [{rates}]. The loss is the mean over {mean}.")
  private @Nullable Double learningRate;

  @Option(
      names = "--momentum",
      paramLabel = "X",
      converter = Converters.Fraction.class,
      description = "Of the optimizers momentum and nesterov [{momentum}].")
  private @Nullable Double momentum;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description = "L2 coefficient; decoupled with adamw [{weight-decay}; adamw: {adamw-decay}].")
  private @Nullable Double weightDecay;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      converter = Choices.Schedules.class,
      completionCandidates = Choices.Schedules.class,
      description = "How the learning rate changes: ${COMPLETION-CANDIDATES} [{schedule}].")
  private @Nullable String schedule;

  @Option(
      names = "--decay",
      paramLabel = "X",
      description =
          "Factor of the schedules step and plateau [step: {step-decay}; plateau: {plateau-decay}].")
  private @Nullable Double decay;

  @Option(
      names = "--decay-every",
      paramLabel = "N",
      description = "Epochs between two decays of the schedule step [{decay-every}].")
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
      description =
          "Validations without improvement that the schedule plateau tolerates [{patience}].")
  private @Nullable Integer patience;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description = "Steps over which the learning rate rises linearly at the start [{warmup}].")
  private @Nullable Integer warmup;

  @Option(
      names = "--clip",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description = "Limit of the norm of all gradients together, 0 for none [{clip}].")
  private @Nullable Double clip;

  @Option(
      names = "--clip-value",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description = "Limit of each gradient's absolute value, 0 for none [{clip-value}].")
  private @Nullable Double clipValue;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of initial weights and dropout; the same seed gives the same run [{seed}].")
  private @Nullable Long seed;

  /** Returns the steps of a window, if the model has windows and the option was given. */
  protected @Nullable Integer bptt() {
    return null;
  }

  /**
   * Returns the recipe, with missing options taken from {@code base} or from the defaults.
   *
   * @throws InputException if a value is out of range
   */
  public final Recipe recipe(@Nullable Recipe base) {
    try {
      Recipe from = base == null ? usual(optimizer, schedule) : base;
      int every = Asked.or(decayEvery, from.schedule().every());
      return new Recipe(
          Asked.or(batch, from.batch()),
          Asked.or(bptt(), from.bptt()),
          new Recipe.OptimizerChoice(
              Asked.or(optimizer, from.optimizer().name()),
              Asked.or(learningRate, from.optimizer().learningRate()),
              Asked.or(momentum, from.optimizer().momentum()),
              Asked.or(weightDecay, from.optimizer().weightDecay())),
          new Recipe.ScheduleChoice(
              Asked.or(schedule, from.schedule().name()),
              Asked.or(decay, from.schedule().decay()),
              every,
              Asked.or(
                  decayAfter, base == null && decayEvery != null ? every : from.schedule().after()),
              Asked.or(patience, from.schedule().patience()),
              warmup == null ? from.schedule().warmup() : warmup),
          new Recipe.ClipChoice(
              Asked.or(clip, from.clip().norm()), Asked.or(clipValue, from.clip().value())),
          Asked.or(seed, from.seed()));
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }

  /**
   * Returns the recipe from which missing options are taken.
   *
   * @param asked the optimizer asked for, or null
   * @param course the schedule asked for, or null
   */
  protected Recipe usual(@Nullable String asked, @Nullable String course) {
    TrainingDefaults usual = defaults.get();
    return usual.recipe(Asked.or(asked, usual.optimizer()), Asked.or(course, usual.schedule()));
  }

  @Override
  public Map<String, String> helpValues() {
    TrainingDefaults usual = defaults.get();
    TrainingDefaults.Rates rates = usual.rates();
    String clip = HelpValues.number(TrainingDefaults.CLIP);
    Map<String, String> values = new HashMap<>();
    values.put("Unit", HelpValues.capital(usual.unit()));
    values.put("batch", Integer.toString(usual.batch()));
    values.put("optimizer", usual.optimizer());
    values.put("schedule", usual.schedule());
    values.put("mean", "a batch");
    values.put(
        "rates",
        "adam, adamw, rmsprop: %s; adagrad: %s; momentum, nesterov: %s; sgd: %s"
            .formatted(
                HelpValues.number(rates.adam()),
                HelpValues.number(rates.adagrad()),
                HelpValues.number(rates.momentum()),
                HelpValues.number(rates.sgd())));
    values.put("momentum", HelpValues.number(TrainingDefaults.MOMENTUM));
    values.put("adamw-decay", HelpValues.number(TrainingDefaults.ADAMW_DECAY));
    values.put("step-decay", HelpValues.number(TrainingDefaults.STEP_DECAY));
    values.put("plateau-decay", HelpValues.number(TrainingDefaults.PLATEAU_DECAY));
    values.put(
        "clip",
        usual.plainClip() == TrainingDefaults.CLIP
            ? clip
            : clip + "; sgd, momentum, nesterov: " + HelpValues.number(usual.plainClip()));
    Recipe recipe = usual.recipe(usual.optimizer(), usual.schedule());
    values.put("weight-decay", HelpValues.number(recipe.optimizer().weightDecay()));
    values.put("decay-every", Integer.toString(recipe.schedule().every()));
    values.put("patience", Integer.toString(recipe.schedule().patience()));
    values.put("warmup", Long.toString(recipe.schedule().warmup()));
    values.put("clip-value", HelpValues.number(recipe.clip().value()));
    values.put("seed", Long.toString(TrainingDefaults.SEED));
    return values;
  }
}
