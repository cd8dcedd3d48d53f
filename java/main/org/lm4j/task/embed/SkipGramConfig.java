package org.lm4j.task.embed;

import org.lm4j.model.ModelKind;

/**
 * The shape of a {@link SkipGram} and what it is to learn, as its {@code config.json} holds it.
 *
 * @param kind label of {@link ModelKind#EMBEDDINGS}
 * @param vocabulary number V of words, {@code <unk>} and {@code <eos>} included
 * @param dimension D of the vectors
 * @param objective label of an {@link Objective}
 * @param negatives K words drawn for each word, where the objective draws any
 * @param window the most words to either side that count as near
 * @param subsample threshold t of the frequency beyond which words are left out at random; 0 for
 *     none
 * @param subsampling label of the formula by which they are
 */
public record SkipGramConfig(
    String kind,
    int vocabulary,
    int dimension,
    String objective,
    int negatives,
    int window,
    double subsample,
    String subsampling) { // as flat as the file
  private static final int MOST_DIMENSIONS = 1 << 16;
  private static final int MOST_WINDOW = 1 << 10;

  /** What is learned of a pair of a word and one near it. */
  public enum Objective {
    /** The near word by its softmax over the whole vocabulary. */
    SOFTMAX("softmax"),
    /** The near word told from some drawn at random. */
    NEGATIVE("negative");

    private final String label;

    Objective(String label) {
      this.label = label;
    }

    /** The name on the command line and in files. */
    public String label() {
      return label;
    }

    /**
     * The objective of that label.
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
          "%d words of %d dimensions are too many weights; take fewer words (--min-count,"
                  .formatted(vocabulary, dimension)
              + " --vocab-size) or dimensions");
    }
    if (window < 1 || window > MOST_WINDOW || negatives < 1 || negatives > MOST_WINDOW) {
      throw new IllegalArgumentException("window and negatives must lie in 1.." + MOST_WINDOW);
    }
    if (!(subsample >= 0 && subsample <= 1)) {
      throw new IllegalArgumentException(
          "the threshold of subsampling must lie in [0, 1], not " + subsample);
    }
    Objective.of(objective);
  }

  /** What is learned. */
  public Objective learns() {
    return Objective.of(objective);
  }

  /** Whether words are drawn at random to be told from near ones. */
  public boolean draws() {
    return learns() == Objective.NEGATIVE;
  }
}
