package org.lm4j.task.scenes;

import java.util.List;

/**
 * A caption of a scene with the cell that each word refers to.
 *
 * @param words the words in order
 * @param cells for each word of colour or shape the cell of its object, −1 for all other words
 */
public record SceneCaption(List<String> words, List<Integer> cells) {
  /**
   * Copies its arguments.
   *
   * @throws IllegalArgumentException if they differ in length
   */
  public SceneCaption {
    if (words.size() != cells.size()) {
      throw new IllegalArgumentException(words.size() + " words and " + cells.size() + " cells");
    }
    words = List.copyOf(words);
    cells = List.copyOf(cells);
  }

  /** Returns the words separated by spaces. */
  public String text() {
    return String.join(" ", words);
  }
}
