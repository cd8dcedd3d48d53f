package org.lm4j.data;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Words and a vector of {@code D} numbers for each. Immutable. */
public final class VectorTable {
  private final List<String> words;
  private final int dimension;
  private final float[] values; // (V, D)
  private final Map<String, Integer> rows;

  /**
   * Of these words.
   *
   * @param words V different ones
   * @param values {@code (V, D)} row-major; copied
   * @throws IllegalArgumentException if the numbers are not as many, or a word stands there twice
   */
  public VectorTable(List<String> words, int dimension, float[] values) {
    if (dimension < 1 || values.length != Math.multiplyExact(words.size(), dimension)) {
      throw new IllegalArgumentException(
          "%d words of %d dimensions are not %d numbers"
              .formatted(words.size(), dimension, values.length));
    }
    this.words = List.copyOf(words);
    this.dimension = dimension;
    this.values = values.clone();
    this.rows = HashMap.newHashMap(words.size());
    for (int row = 0; row < this.words.size(); row++) {
      if (rows.putIfAbsent(this.words.get(row), row) != null) {
        throw new IllegalArgumentException(
            "the word '" + this.words.get(row) + "' stands there twice");
      }
    }
  }

  /** The words in their order. */
  public List<String> words() {
    return words;
  }

  /** D. */
  public int dimension() {
    return dimension;
  }

  /** Which row a word has, or -1. */
  public int row(String word) {
    return rows.getOrDefault(word, -1);
  }

  /** Number {@code i} of the vector in a row. */
  public float get(int row, int i) {
    return values[row * dimension + Objects.checkIndex(i, dimension)];
  }
}
