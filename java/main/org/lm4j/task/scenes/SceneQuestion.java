package org.lm4j.task.scenes;

import java.util.Locale;

/** A question about a scene, with its answer. */
public record SceneQuestion(String text, String answer, Kind kind) {
  /** The kind of a question. */
  public enum Kind {
    /** {@code what colour is the square}. */
    COLOUR,
    /** {@code what shape is the red object}. */
    SHAPE,
    /** {@code how many circles are there}; zero to three. */
    COUNT,
    /** {@code is there a red circle}; yes or no. */
    EXISTENCE,
    /** {@code what is left of the blue square}; an object, or nothing. */
    RELATION;

    /** Returns the word for it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
