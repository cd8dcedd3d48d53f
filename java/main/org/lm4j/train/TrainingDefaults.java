package org.lm4j.train;

/**
 * The default training of a kind of model, defined once for commands, their help and programs.
 *
 * @param unit what the examples of a batch are called, in the plural
 * @param batch examples, or streams of text, in a batch
 * @param epochs passes over the training data
 * @param rates base learning rates
 * @param plainClip limit of the gradients' norm for sgd, momentum and nesterov
 * @param optimizer its name
 * @param schedule its name
 */
public record TrainingDefaults(
    String unit,
    int batch,
    double epochs,
    Rates rates,
    double plainClip,
    String optimizer,
    String schedule) {
  /** The default steps of a window of truncated backpropagation. */
  public static final int BPTT = 50;

  /** The default limit of the gradients' norm for optimizers that divide by it. */
  public static final double CLIP = 5;

  /** The constant of the optimizers momentum and nesterov. */
  public static final double MOMENTUM = 0.9;

  /** The default weight decay of adamw. */
  public static final double ADAMW_DECAY = 0.01;

  /** The default factor of the schedule step. */
  public static final double STEP_DECAY = 0.5;

  /** The default factor of the schedule plateau. */
  public static final double PLATEAU_DECAY = 0.25;

  /** The seed of initial weights and dropout. */
  public static final long SEED = 1;

  /** The defaults of language models. */
  public static final TrainingDefaults LANGUAGE_MODEL =
      new TrainingDefaults(
          "streams of text", 50, 20, new Rates(2e-3, 0.02, 2, 20), 0.25, "adam", "constant");

  /**
   * Base learning rates by optimizer.
   *
   * @param adam of adam, adamw and rmsprop
   * @param adagrad of adagrad
   * @param momentum of momentum and nesterov
   * @param sgd of sgd
   */
  public record Rates(double adam, double adagrad, double momentum, double sgd) {
    /**
     * Returns the rate of an optimizer.
     *
     * @throws IllegalArgumentException for an unknown name
     */
    public double of(String optimizer) {
      return switch (optimizer) {
        case "sgd" -> sgd;
        case "momentum", "nesterov" -> momentum;
        case "adagrad" -> adagrad;
        case "adam", "adamw", "rmsprop" -> adam;
        default ->
            throw new IllegalArgumentException(
                "unknown optimizer '" + optimizer + "'; there are " + Recipe.OptimizerChoice.NAMES);
      };
    }
  }

  /** Returns defaults for models trained on batches of examples, with adam at a constant rate. */
  public static TrainingDefaults of(String unit, int batch, double epochs, Rates rates) {
    return new TrainingDefaults(unit, batch, epochs, rates, CLIP, "adam", "constant");
  }

  /** Returns the recipe with the default optimizer and schedule. */
  public Recipe recipe() {
    return recipe(optimizer, schedule);
  }

  /**
   * Returns the recipe with another optimizer or schedule and the defaults these have.
   *
   * @throws IllegalArgumentException for an unknown name
   */
  public Recipe recipe(String optimizer, String schedule) {
    boolean plain =
        switch (optimizer) {
          case "sgd", "momentum", "nesterov" -> true;
          default -> false;
        };
    return new Recipe(
        batch,
        BPTT,
        new Recipe.OptimizerChoice(
            optimizer, rates.of(optimizer), MOMENTUM, optimizer.equals("adamw") ? ADAMW_DECAY : 0),
        new Recipe.ScheduleChoice(
            schedule, schedule.equals("plateau") ? PLATEAU_DECAY : STEP_DECAY, 1, 1, 0, 0),
        new Recipe.ClipChoice(plain ? plainClip : CLIP, 0),
        SEED);
  }

  /** Returns the default length of a run. */
  public RunLength length() {
    return new RunLength(epochs, null, null);
  }
}
