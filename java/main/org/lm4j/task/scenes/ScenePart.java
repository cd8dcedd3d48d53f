package org.lm4j.task.scenes;

import java.util.Locale;

/**
 * The part of the data to which a scene belongs. A hash of its content decides: 8 in 10 scenes are
 * for training, 1 for validation, 1 for testing. So no training scene is ever in the test set, for
 * any seed and number of scenes.
 */
public enum ScenePart {
  /** The training set. */
  TRAIN,
  /** The validation set. */
  VALID,
  /** The test set. */
  TEST;

  /** Returns the part of a scene. */
  public static ScenePart of(Scene scene) {
    long hash = Scenes.mix(0, scene.describe());
    return switch ((int) Long.remainderUnsigned(hash, 10)) {
      case 0 -> TEST;
      case 1 -> VALID;
      default -> TRAIN;
    };
  }

  /** Returns the word for it, with which its files and images begin. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
