package org.lm4j.data;

import java.lang.System.Logger.Level;
import org.lm4j.InputException;

/**
 * Vectors as they are read: what they take grows with what was read, whatever a header says. Of a
 * word that stands there more than once the first vector is kept.
 */
final class VectorRows {
  private final WordIndex words = new WordIndex();
  private final VectorNumbers numbers;
  private int repeated;
  private String firstRepeated = "";

  VectorRows(VectorNumbers numbers) {
    this.numbers = numbers;
  }

  /** How many were added, those skipped included. */
  int size() {
    return words.size() + repeated;
  }

  /**
   * Adds one, or skips it if the word was added before.
   *
   * @param offset of the vector in the file, where that is mapped
   * @param place what a message calls the place in the file
   * @throws InputException if a number is NaN or infinite
   */
  void add(String word, float[] vector, long offset, String place) {
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new InputException(
            "%s: number %d of the vector of '%s' is %s".formatted(place, i + 1, word, vector[i]));
      }
    }
    if (words.add(word)) {
      numbers.add(vector, offset);
      return;
    }
    firstRepeated = repeated == 0 ? "'%s', %s".formatted(word, place) : firstRepeated;
    repeated++;
  }

  /** What was read; the log says how many were skipped. */
  VectorTable table() {
    if (repeated > 0) {
      System.getLogger(VectorFiles.class.getName())
          .log(
              Level.WARNING,
              "vectors skipped, since their words came before: %,d; the first is %s"
                  .formatted(repeated, firstRepeated));
    }
    return new VectorTable(words, numbers);
  }
}
