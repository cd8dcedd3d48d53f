package org.lm4j.train;

import java.util.List;
import org.lm4j.InputException;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.optim.Clipping;
import org.lm4j.optim.Schedule;

/**
 * Everything that decides which numbers a training run computes, besides the model and the text.
 * Saved in the checkpoint: a run is continued with the recipe it began with.
 *
 * @param batch streams {@code B} side by side
 * @param bptt time steps {@code T} of a window
 * @param seed of weights and dropout
 */
public record Recipe(
    int batch,
    int bptt,
    OptimizerChoice optimizer,
    ScheduleChoice schedule,
    ClipChoice clip,
    long seed) {
  /** The most streams or examples in a batch. */
  public static final int MOST_BATCH = 1_000_000;

  /** The longest window. */
  public static final int MOST_BPTT = 1_000_000;

  /** Starts a recipe for a program: what is not set has the default of the kind of model. */
  public static RecipeBuilder defaults() {
    return new RecipeBuilder();
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public Recipe {
    if (batch < 1 || batch > MOST_BATCH || bptt < 1 || bptt > MOST_BPTT) {
      throw new IllegalArgumentException(
          "batch must lie in 1..%d and bptt in 1..%d, not %d and %d"
              .formatted(MOST_BATCH, MOST_BPTT, batch, bptt));
    }
    if ((long) batch * bptt > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%d streams of %d steps are more tokens than a window can have (%d); make batch or bptt smaller"
              .formatted(batch, bptt, Integer.MAX_VALUE));
    }
  }

  /**
   * Returns whether a run begun with {@code saved} can continue with this recipe: rates, limits and
   * schedule may change on the way; what state and moments in the checkpoint were made for may not.
   */
  public boolean continues(Recipe saved) {
    return batch == saved.batch
        && bptt == saved.bptt
        && seed == saved.seed
        && optimizer.name().equals(saved.optimizer.name())
        && optimizer.rule().moments() == saved.optimizer.rule().moments();
  }

  /**
   * Checks the recipe for weights that must not change.
   *
   * @throws InputException if the weight decay would move them
   */
  public void requireNoDecay() {
    if (optimizer.weightDecay() > 0) {
      throw InputException.naming(
          "the embeddings of this run are frozen; a weight decay would move them: leave out"
              + " {weightDecay}");
    }
  }

  /**
   * The choice of an update rule and its constants. Epsilon, betas and alpha are PyTorch's
   * defaults.
   *
   * @param name sgd, momentum, nesterov, rmsprop, adagrad, adam or adamw
   * @param learningRate base rate, before the schedule
   * @param momentum of momentum and nesterov
   * @param weightDecay L2 coefficient; decoupled for adamw
   */
  public record OptimizerChoice(
      String name, double learningRate, double momentum, double weightDecay) {
    /** The valid names. */
    public static final String NAMES = "sgd, momentum, nesterov, rmsprop, adagrad, adam, adamw";

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if one is broken
     */
    public OptimizerChoice {
      if (!(learningRate >= Float.MIN_NORMAL && learningRate <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "learning rate must be positive and in the range of float32, not " + learningRate);
      }
      if (!(momentum >= 0 && momentum < 1)) {
        throw new IllegalArgumentException("momentum must lie in [0, 1), not " + momentum);
      }
      if (!(weightDecay >= 0 && weightDecay <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException("weight decay must not be negative: " + weightDecay);
      }
      defaultLearningRate(name); // refuses an unknown name
    }

    /**
     * Returns a base rate that works for most language models.
     *
     * @throws IllegalArgumentException for an unknown name
     */
    public static double defaultLearningRate(String name) {
      return TrainingDefaults.LANGUAGE_MODEL.rates().of(name);
    }

    /** Returns the rule. */
    public UpdateRule rule() {
      return switch (name) {
        case "sgd" -> new UpdateRule.Sgd(0, false, weightDecay);
        case "momentum" -> new UpdateRule.Sgd(momentum, false, weightDecay);
        case "nesterov" -> new UpdateRule.Sgd(momentum, true, weightDecay);
        case "rmsprop" -> new UpdateRule.RmsProp(0.99, 1e-8, weightDecay);
        case "adagrad" -> new UpdateRule.AdaGrad(1e-10, weightDecay);
        default -> new UpdateRule.Adam(0.9, 0.999, 1e-8, weightDecay, name.equals("adamw"));
      };
    }
  }

  /**
   * The choice of a learning-rate schedule.
   *
   * @param name constant, step, plateau, cosine or linear
   * @param decay factor of step and plateau
   * @param every epochs between two decays of step
   * @param after epoch, from 0, at which step begins to decay
   * @param patience validations without improvement that plateau tolerates
   * @param warmup steps of linear warm-up; 0 for none
   */
  public record ScheduleChoice(
      String name, double decay, int every, int after, int patience, long warmup) {
    /** The valid names. */
    public static final String NAMES = "constant, step, plateau, cosine, linear";

    /** The name of a schedule that a program gave as a value, which is not saved. */
    public static final String OWN = "own";

    private static final double COSINE_FLOOR = 0;
    private static final double LINEAR_FLOOR = 1e-4; // as word2vec has it

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if one is broken
     */
    public ScheduleChoice {
      if (!(decay > 0 && decay <= 1)) {
        throw new IllegalArgumentException("decay must lie in (0, 1], not " + decay);
      }
      if (every < 1 || after < 0 || patience < 0 || warmup < 0) {
        throw new IllegalArgumentException(
            "decay-every must be at least 1; decay-after, patience and warm-up at least 0");
      }
      if (!name.equals(OWN) && !List.of(NAMES.split(", ", -1)).contains(name)) {
        throw new IllegalArgumentException("unknown schedule '" + name + "'; there are " + NAMES);
      }
    }

    /**
     * Returns the schedule.
     *
     * @throws InputException if it was a value of a program's own
     */
    public Schedule schedule() {
      return warmedUp(named());
    }

    /** Returns a schedule preceded by the warm-up of this choice. */
    public Schedule warmedUp(Schedule schedule) {
      return warmup > 0 ? new Schedule.WarmUp(warmup, schedule) : schedule;
    }

    private Schedule named() {
      return switch (name) {
        case OWN ->
            throw InputException.naming(
                "the run has a learning-rate schedule that a program gave as a value, which is"
                    + " not saved: give the same value again, or a name with {schedule}");
        case "constant" -> new Schedule.Constant();
        case "step" -> new Schedule.Step(decay, every, after);
        case "plateau" -> new Schedule.Plateau(decay, patience);
        case "linear" -> new Schedule.Linear(LINEAR_FLOOR);
        default -> new Schedule.Cosine(COSINE_FLOOR);
      };
    }
  }

  /**
   * Limits of the gradients.
   *
   * @param norm of all together; 0 for none
   * @param value of each element; 0 for none
   */
  public record ClipChoice(double norm, double value) {
    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if one is broken
     */
    public ClipChoice {
      if (!(norm >= 0 && value >= 0)) {
        throw new IllegalArgumentException("clipping limits must not be negative");
      }
    }

    /** Returns the limits. */
    public Clipping clipping() {
      return new Clipping(orInfinity(norm), orInfinity(value));
    }

    private static double orInfinity(double limit) {
      return limit == 0 ? Double.POSITIVE_INFINITY : limit;
    }
  }
}
