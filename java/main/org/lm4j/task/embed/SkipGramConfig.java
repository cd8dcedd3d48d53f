package org.lm4j.task.embed;

import org.lm4j.io.Flat;
import org.lm4j.model.ModelKind;
import org.lm4j.train.TrainingDefaults;

/**
 * The configuration of a {@link SkipGram}, as in its {@code config.json}: its shape and objective.
 *
 * @param kind label of {@link ModelKind#EMBEDDINGS}
 * @param vocabulary number V of words, {@code <unk>} and {@code <eos>} included
 * @param dimension number D of dimensions of the vectors
 * @param objective label of an {@link Objective}
 * @param negatives number K of negative samples for each word, if the objective has any
 * @param window the largest number of context words on either side
 * @param frequent which occurrences of frequent words are left out
 */
public record SkipGramConfig(
    String kind,
    int vocabulary,
    int dimension,
    String objective,
    int negatives,
    int window,
    @Flat Frequent frequent) {
  private static final int MOST_DIMENSIONS = 1 << 16;
  private static final int MOST_WINDOW = 1 << 10;

  /**
   * The subsampling of frequent words.
   *
   * @param subsample frequency threshold t above which words are randomly left out; 0 for none
   * @param subsampling label of the {@link Subsampling} formula
   */
  public record Frequent(double subsample, String subsampling) {
    /**
     * Checks the threshold.
     *
     * @throws IllegalArgumentException if it is not in [0, 1]
     */
    public Frequent {
      if (!(subsample >= 0 && subsample <= 1)) {
        throw new IllegalArgumentException(
            "the threshold of subsampling must lie in [0, 1], not " + subsample);
      }
    }
  }

  /** The training objective for a word and a context word. */
  public enum Objective {
    /** Predicts the context word by a softmax over the whole vocabulary. */
    SOFTMAX("softmax"),
    /** Distinguishes the context word from words drawn at random (negative sampling). */
    NEGATIVE("negative");

    private final String label;

    Objective(String label) {
      this.label = label;
    }

    /** Returns the name used on the command line and in files. */
    public String label() {
      return label;
    }

    /**
     * Returns the objective with this label.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Objective of(String label) {
      for (Objective objective : values()) {
        if (objective.label.equals(label)) {
          return objective;
        }
      }
      throw new IllegalArgumentException(
          "unknown objective '" + label + "'; there are negative and softmax");
    }
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public SkipGramConfig {
    ModelKind.EMBEDDINGS.require(kind);
    if (vocabulary < 1 || dimension < 1 || dimension > MOST_DIMENSIONS) {
      throw new IllegalArgumentException(
          "there must be at least one word, and 1 to " + MOST_DIMENSIONS + " dimensions");
    }
    if (2.0 * vocabulary * dimension > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%d words of %d dimensions are too many weights; take fewer words (a larger minimum count,"
                  .formatted(vocabulary, dimension)
              + " a smaller vocabulary) or dimensions");
    }
    if (window < 1 || window > MOST_WINDOW || negatives < 1 || negatives > MOST_WINDOW) {
      throw new IllegalArgumentException("window and negatives must lie in 1.." + MOST_WINDOW);
    }
    Objective.of(objective);
  }

  /**
   * Returns the training defaults. With negative sampling the rate is for the sum of the losses of
   * pairs, with softmax for the mean over a batch.
   */
  public static TrainingDefaults training(boolean draws) {
    return new TrainingDefaults(
        "stretches of 32 words",
        16,
        5,
        new TrainingDefaults.Rates(2e-3, 0.02, 0.025, 0.025),
        0,
        draws ? "sgd" : "adam",
        "linear");
  }

  /** Returns the default configuration, with one word. */
  public static SkipGramConfig defaults() {
    return new SkipGramConfig(
        ModelKind.EMBEDDINGS.label(),
        1,
        100,
        Objective.NEGATIVE.label(),
        5,
        5,
        new Frequent(1e-3, Subsampling.WORD2VEC.label()));
  }

  /**
   * Returns the same for another number of words.
   *
   * @throws IllegalArgumentException if there are too many weights
   */
  public SkipGramConfig sized(int words) {
    return new SkipGramConfig(kind, words, dimension, objective, negatives, window, frequent);
  }

  /** Returns the objective. */
  public Objective learns() {
    return Objective.of(objective);
  }

  /** Returns whether the objective uses negative samples. */
  public boolean draws() {
    return learns() == Objective.NEGATIVE;
  }
}
