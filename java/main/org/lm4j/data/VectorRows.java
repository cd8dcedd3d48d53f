package org.lm4j.data;

import java.lang.System.Logger.Level;
import org.lm4j.InputException;

/**
 * Collects vectors as they are read: memory grows with the data read, whatever a header claims. The
 * first vector of a repeated word is kept.
 */
final class VectorRows {
  private final WordIndex words = new WordIndex();
  private final VectorNumbers numbers;
  private int repeated;
  private String firstRepeated = "";

  VectorRows(VectorNumbers numbers) {
    this.numbers = numbers;
  }

  /** Returns the number added, including those skipped. */
  int size() {
    return words.size() + repeated;
  }

  /**
   * Adds a vector, or skips it if the word was added before.
   *
   * @param offset the position of the vector in a mapped file
   * @param place its position in messages
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

  /** Returns the vectors read, and logs how many were skipped. */
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
