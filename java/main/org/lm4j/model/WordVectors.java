package org.lm4j.model;

import java.util.Locale;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.data.VectorTable;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Vocabulary;

/**
 * Vectors learned elsewhere as first rows of a table for a vocabulary. A word has its own vector,
 * or that of it in lower case; one that has neither gets one drawn from a normal distribution about
 * 0 whose deviation is the root mean square of the numbers found.
 */
public final class WordVectors {
  private static final int SITE = (1 << 16) + (1 << 10);
  private static final long BEFORE_TRAINING = -1; // a step no training step has

  private final int dimension;
  private final double[] values; // (V, D)
  private final int found;
  private final int lowered;
  private final int drawn;

  private WordVectors(int dimension, double[] values, int found, int lowered, int drawn) {
    this.dimension = dimension;
    this.values = values;
    this.found = found;
    this.lowered = lowered;
    this.drawn = drawn;
  }

  /** The rows for a vocabulary; the same seed draws the same missing ones. */
  public static WordVectors of(VectorTable table, Vocabulary vocabulary, long seed) {
    int dimension = table.dimension();
    int size = vocabulary.size();
    double[] values = new double[Math.multiplyExact(size, dimension)];
    boolean[] missing = new boolean[size];
    int found = 0;
    int lowered = 0;
    double squares = 0;
    for (int id = 0; id < size; id++) {
      String word = vocabulary.token(id);
      int row = table.row(word);
      if (row >= 0) {
        found++;
      } else {
        row = table.row(word.toLowerCase(Locale.ROOT));
        missing[id] = row < 0;
        lowered += row < 0 ? 0 : 1;
      }
      for (int i = 0; row >= 0 && i < dimension; i++) {
        double value = table.get(row, i);
        values[id * dimension + i] = value;
        squares += value * value;
      }
    }
    int known = found + lowered;
    double deviation = known == 0 ? 1 : Math.sqrt(squares / ((double) known * dimension));
    RandomKey key = new RandomKey(seed, BEFORE_TRAINING);
    for (int id = 0; id < size; id++) {
      for (int i = 0; missing[id] && i < dimension; i++) {
        int at = id * dimension + i;
        values[at] = deviation * Initialization.normal(key, SITE, at);
      }
    }
    return new WordVectors(dimension, values, found, lowered, size - known);
  }

  /** D. */
  public int dimension() {
    return dimension;
  }

  /** Words found as they are written. */
  public int found() {
    return found;
  }

  /** Words found in lower case only. */
  public int lowered() {
    return lowered;
  }

  /** Words not found, whose vectors were drawn. */
  public int drawn() {
    return drawn;
  }

  /** How many were found, in a few words. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%,d of %,d words found%s, %,d drawn at random",
        found + lowered,
        found + lowered + drawn,
        lowered > 0 ? String.format(Locale.ROOT, " (%,d in lower case)", lowered) : "",
        drawn);
  }

  /**
   * Fills a table.
   *
   * @param table {@code (V, D)} of the backend
   */
  public void fill(Backend backend, Tensor table) {
    try (HostStorage storage = new HostStorage((long) values.length * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, table.shape(), DType.F64);
      for (int i = 0; i < values.length; i++) {
        host.set(i, values[i]);
      }
      backend.upload(host, table);
    }
  }
}
