package org.lm4j.data;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.lm4j.InputException;

/**
 * Vectors as they are read: what they take grows with what was read, whatever a header says. Of a
 * word that stands there more than once the first vector is kept.
 */
final class VectorRows {
  private static final int MOST_NUMBERS = Integer.MAX_VALUE - 8; // an array's limit

  private final int dimension;
  private final List<String> words = new ArrayList<>();
  private final Set<String> known = new HashSet<>();
  private float[] values = new float[1 << 10];
  private int repeated;
  private String firstRepeated = "";

  VectorRows(int dimension) {
    this.dimension = dimension;
  }

  /** How many were added, those passed over included. */
  int size() {
    return words.size() + repeated;
  }

  /**
   * Adds one, or passes it over if the word was added before.
   *
   * @param place what a message calls the place in the file
   * @throws InputException if a number is NaN or infinite, or there are more than can be held
   */
  void add(String word, float[] vector, String place) {
    for (int i = 0; i < dimension; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new InputException(
            "%s: number %d of the vector of '%s' is %s".formatted(place, i + 1, word, vector[i]));
      }
    }
    if (!known.add(word)) {
      firstRepeated = repeated == 0 ? "'%s', %s".formatted(word, place) : firstRepeated;
      repeated++;
      return;
    }
    int end = end(words.size(), dimension, place);
    if (end > values.length) {
      int wanted = (int) Math.min(Math.max(2L * values.length, end), MOST_NUMBERS);
      values = Arrays.copyOf(values, wanted);
    }
    System.arraycopy(vector, 0, values, end - dimension, dimension);
    words.add(word);
  }

  /** Where the numbers of one more word would end, refused if no array is that long. */
  static int end(int words, int dimension, String place) {
    long end = (words + 1L) * dimension;
    if (end > MOST_NUMBERS) {
      throw new InputException(
          "%s: more than %,d words of %,d dimensions cannot be held; take fewer of them"
              .formatted(place, words, dimension));
    }
    return (int) end;
  }

  /** What was read; the log tells how many were passed over. */
  VectorTable table() {
    if (repeated > 0) {
      System.getLogger(VectorFiles.class.getName())
          .log(
              Level.WARNING,
              "vectors passed over, since their words came before: %,d; the first is %s"
                  .formatted(repeated, firstRepeated));
    }
    return new VectorTable(words, dimension, Arrays.copyOf(values, words.size() * dimension));
  }
}
