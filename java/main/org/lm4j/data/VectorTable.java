package org.lm4j.data;

import java.util.List;
import java.util.Objects;

/**
 * A table of words with a vector of {@code D} numbers each, as float32 outside the heap. Immutable.
 */
public final class VectorTable {
  private final WordIndex words;
  private final VectorNumbers numbers;

  VectorTable(WordIndex words, VectorNumbers numbers) {
    this.words = words;
    this.numbers = numbers;
  }

  /**
   * Creates a table of these words.
   *
   * @param words V different words
   * @param values {@code (V, D)} row-major; copied
   * @throws IllegalArgumentException if the number of values is wrong, or a word occurs twice
   */
  public VectorTable(List<String> words, int dimension, float[] values) {
    this(WordIndex.of(words), copied(words.size(), dimension, values));
  }

  private static VectorNumbers copied(int size, int dimension, float[] values) {
    if (dimension < 1 || values.length != Math.multiplyExact(size, dimension)) {
      throw new IllegalArgumentException(
          "%d words of %d dimensions are not %d numbers".formatted(size, dimension, values.length));
    }
    VectorNumbers numbers = new VectorNumbers(dimension);
    float[] vector = new float[dimension];
    for (int row = 0; row < size; row++) {
      System.arraycopy(values, row * dimension, vector, 0, dimension);
      numbers.add(vector, 0);
    }
    return numbers;
  }

  /** Builds a table word by word. */
  public static final class Builder {
    private final WordIndex words = new WordIndex();
    private final VectorNumbers numbers;

    /** Creates a builder for vectors of {@code dimension} numbers. */
    public Builder(int dimension) {
      this.numbers = new VectorNumbers(dimension);
    }

    /**
     * Adds a word.
     *
     * @param vector {@code (D)}; copied
     * @throws IllegalArgumentException if the word was added before
     */
    public void add(String word, float[] vector) {
      if (!words.add(word)) {
        throw new IllegalArgumentException("the word '" + word + "' occurs twice");
      }
      numbers.add(vector, 0);
    }

    /** Returns whether a word was added. */
    public boolean has(String word) {
      return words.row(word) >= 0;
    }

    /** Returns the table; nothing may be added afterwards. */
    public VectorTable table() {
      return new VectorTable(words, numbers);
    }
  }

  /** Returns the words in their order. */
  public List<String> words() {
    return words.words();
  }

  /** Returns D, the number of dimensions. */
  public int dimension() {
    return numbers.dimension();
  }

  /** Returns the row of a word, or -1. */
  public int row(String word) {
    return words.row(word);
  }

  /** Returns number {@code i} of the vector in a row. */
  public float get(int row, int i) {
    Objects.checkIndex(row, words.size());
    return numbers.get(row, Objects.checkIndex(i, dimension()));
  }

  /**
   * Copies the vector in a row.
   *
   * @param into {@code (D)}
   */
  public void copy(int row, float[] into) {
    Objects.checkIndex(row, words.size());
    numbers.copy(row, into);
  }
}
