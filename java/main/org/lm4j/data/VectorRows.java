package org.lm4j.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lm4j.InputException;

/** Vectors as they are read: what they take grows with what was read, whatever a header says. */
final class VectorRows {
  private final int dimension;
  private final List<String> words = new ArrayList<>();
  private final Map<String, String> places = new HashMap<>(); // of each word
  private float[] values = new float[1 << 10];

  VectorRows(int dimension) {
    this.dimension = dimension;
  }

  int size() {
    return words.size();
  }

  /**
   * Adds one.
   *
   * @param place what a message calls the place in the file
   * @throws InputException if the word was added before, or a number is NaN or infinite
   */
  void add(String word, float[] vector, String place) {
    String before = places.putIfAbsent(word, place);
    if (before != null) {
      throw new InputException(
          "%s: the word '%s' stands there a second time, after %s".formatted(place, word, before));
    }
    for (int i = 0; i < dimension; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new InputException(
            "%s: number %d of the vector of '%s' is %s".formatted(place, i + 1, word, vector[i]));
      }
    }
    int at = words.size() * dimension;
    if (at > values.length - dimension) {
      long wanted = Math.max(2L * values.length, (long) at + dimension);
      values = Arrays.copyOf(values, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
    }
    System.arraycopy(vector, 0, values, at, dimension);
    words.add(word);
  }

  VectorTable table() {
    return new VectorTable(words, dimension, Arrays.copyOf(values, words.size() * dimension));
  }
}
