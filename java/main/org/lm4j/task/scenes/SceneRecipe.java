package org.lm4j.task.scenes;

import java.util.List;

/**
 * The options of a synthetic data set.
 *
 * @param seed the seed of everything
 * @param train number of training scenes
 * @param valid number of validation scenes
 * @param test number of test scenes
 * @param canonicalOnly one caption for each scene instead of five
 * @param questions the largest number of questions for each scene
 * @param kinds the kinds of questions, not empty
 */
public record SceneRecipe(
    long seed,
    int train,
    int valid,
    int test,
    boolean canonicalOnly,
    int questions,
    List<SceneQuestion.Kind> kinds) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of range or there is no kind of question
   */
  public SceneRecipe {
    kinds = List.copyOf(kinds);
    for (int count : new int[] {train, valid, test}) {
      if (count < 1 || count > Scenes.MAX_COUNT) {
        throw new IllegalArgumentException(
            "from 1 to " + Scenes.MAX_COUNT + " scenes, not " + count);
      }
    }
    if (questions < 1 || questions > 20 || kinds.isEmpty()) {
      throw new IllegalArgumentException(
          "from 1 to 20 questions of at least one kind, not " + questions + " of " + kinds);
    }
  }

  /**
   * Returns the default: validation and test sets an eighth as large as the training set, five
   * captions and four questions.
   */
  public static SceneRecipe of(long seed, int train) {
    int heldOut = Math.max(1, train / 8);
    return new SceneRecipe(
        seed, train, heldOut, heldOut, false, 4, List.of(SceneQuestion.Kind.values()));
  }

  /** Returns the number of scenes of a part. */
  public int count(ScenePart part) {
    return switch (part) {
      case TRAIN -> train;
      case VALID -> valid;
      case TEST -> test;
    };
  }
}
