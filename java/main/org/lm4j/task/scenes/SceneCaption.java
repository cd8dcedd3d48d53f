package org.lm4j.task.scenes;

import java.util.List;

/**
 * A sentence about a scene, and where each of its words looks.
 *
 * @param words in order
 * @param cells for each word the cell of the object it names (its colour and its shape do), −1 for
 *     words that name none
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

  /** The words with spaces between them. */
  public String text() {
    return String.join(" ", words);
  }
}
