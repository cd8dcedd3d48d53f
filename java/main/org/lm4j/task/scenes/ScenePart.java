package org.lm4j.task.scenes;

import java.util.Locale;

/**
 * The part of the scenes a scene belongs to. Its content alone decides, by a hash: 8 in 10 are for
 * training, 1 for validation, 1 for the test. So no scene that is trained on is ever judged by,
 * whatever the seeds and the numbers.
 */
public enum ScenePart {
  /** To learn from. */
  TRAIN,
  /** To stop by. */
  VALID,
  /** To judge by. */
  TEST;

  /** The part of this scene. */
  public static ScenePart of(Scene scene) {
    long hash = Scenes.mix(0, scene.describe());
    return switch ((int) Long.remainderUnsigned(hash, 10)) {
      case 0 -> TEST;
      case 1 -> VALID;
      default -> TRAIN;
    };
  }

  /** The word for it, with which its files and images begin. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
