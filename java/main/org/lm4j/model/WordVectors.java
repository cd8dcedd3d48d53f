package org.lm4j.model;

import java.util.Locale;
import java.util.function.Consumer;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.data.VectorTable;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Vocabulary;

/**
 * Pretrained vectors as the initial rows of an embedding table. A word gets its own vector or that
 * of its lower-case form; a word with neither gets one drawn from a normal distribution with mean 0
 * whose deviation is the root mean square of the numbers found.
 */
public final class WordVectors {
  private static final int SITE = (1 << 16) + (1 << 10);
  private static final long BEFORE_TRAINING = -1; // a step that is not a training step

  private static final int BLOCK = 1 << 20; // numbers filled at a time

  private final VectorTable table;
  private final int[] rows; // (V): of the table, or -1
  private final int found;
  private final int lowered;
  private final double deviation; // of those drawn
  private final RandomKey key;

  /**
   * The vectors from which an embedding is initialized.
   *
   * @param report gets a few words on how many were found
   */
  public record Source(VectorTable table, Consumer<String> report) {
    /** Fills the rows of a vocabulary in a table, {@code (V, D)} of the backend. */
    public void fill(Vocabulary vocabulary, long seed, Backend backend, Tensor target) {
      WordVectors rows = of(table, vocabulary, seed);
      rows.fill(backend, target);
      report.accept(rows.summary());
    }
  }

  private WordVectors(
      VectorTable table, int[] rows, int found, int lowered, double deviation, RandomKey key) {
    this.table = table;
    this.rows = rows;
    this.found = found;
    this.lowered = lowered;
    this.deviation = deviation;
    this.key = key;
  }

  /** Creates the rows for a vocabulary; the same seed draws the same vectors for missing words. */
  public static WordVectors of(VectorTable table, Vocabulary vocabulary, long seed) {
    int[] rows = new int[vocabulary.size()];
    float[] vector = new float[table.dimension()];
    int found = 0;
    int lowered = 0;
    double squares = 0;
    for (int id = 0; id < rows.length; id++) {
      String word = vocabulary.token(id);
      rows[id] = table.row(word);
      if (rows[id] >= 0) {
        found++;
      } else {
        rows[id] = table.row(word.toLowerCase(Locale.ROOT));
        lowered += rows[id] < 0 ? 0 : 1;
      }
      if (rows[id] >= 0) {
        table.copy(rows[id], vector);
        for (float value : vector) {
          squares += (double) value * value;
        }
      }
    }
    int known = found + lowered;
    double deviation = known == 0 ? 1 : Math.sqrt(squares / ((double) known * vector.length));
    return new WordVectors(
        table, rows, found, lowered, deviation, new RandomKey(seed, BEFORE_TRAINING));
  }

  /** Returns D, the number of dimensions. */
  public int dimension() {
    return table.dimension();
  }

  /** Returns the number of words found as they are written. */
  public int found() {
    return found;
  }

  /** Returns the number of words found only in lower case. */
  public int lowered() {
    return lowered;
  }

  /** Returns the number of words not found, whose vectors were drawn. */
  public int drawn() {
    return rows.length - found - lowered;
  }

  /** Returns a summary of how many words were found. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%,d of %,d words found%s, %,d drawn at random",
        found + lowered,
        rows.length,
        lowered > 0 ? String.format(Locale.ROOT, " (%,d in lower case)", lowered) : "",
        drawn());
  }

  /**
   * Fills a table.
   *
   * @param target {@code (V, D)} of the backend
   */
  public void fill(Backend backend, Tensor target) {
    int dimension = table.dimension();
    int most = Math.clamp(BLOCK / dimension, 1, Math.max(1, rows.length));
    try (HostStorage storage = new HostStorage((long) most * dimension * DType.F64.bytes())) {
      for (int from = 0; from < rows.length; from += most) {
        Tensor part = target.slice(from, Math.min(most, rows.length - from));
        Tensor host = new Tensor(storage, 0, part.shape(), DType.F64);
        for (int i = 0; i < part.shape().dim(0); i++) {
          put(from + i, host, (long) i * dimension);
        }
        backend.upload(host, part);
      }
    }
  }

  private void put(int id, Tensor host, long at) {
    int dimension = table.dimension();
    for (int i = 0; i < dimension; i++) {
      double value =
          rows[id] >= 0
              ? table.get(rows[id], i)
              : deviation * InitialWeights.normal(key, SITE, id * dimension + i);
      host.set(at + i, value);
    }
  }
}
