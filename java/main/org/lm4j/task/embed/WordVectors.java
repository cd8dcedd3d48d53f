package org.lm4j.task.embed;

import java.nio.file.Path;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.Backend;
import org.lm4j.data.VectorFiles;
import org.lm4j.data.VectorTable;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.LoadedModel;

/**
 * Word vectors, of a model of this library or of a file of word2vec, GloVe or fastText: the vector
 * of a word, the words nearest to it, and analogies.
 *
 * <pre>
 *   try (var vectors = WordVectors.load(Path.of("models/embeddings"))) {
 *     var words = vectors.analogy("man", "king", "woman", 5);
 *   }
 * </pre>
 *
 * <p>Threads: any number of threads may use one object at the same time. {@link #close} waits for
 * the search that is under way; later searches throw {@link IllegalStateException}.
 */
public final class WordVectors implements AutoCloseable {
  private final Backend backend;
  private final boolean ownsBackend;
  private final KeyedVectors vectors; // its own monitor guards it: one search at a time
  private boolean closed;

  private WordVectors(Backend backend, VectorTable table, boolean ownsBackend) {
    this.backend = backend;
    this.ownsBackend = ownsBackend;
    this.vectors = new KeyedVectors(backend, table);
  }

  /**
   * Loads the vectors of a model folder on the fastest backend of this machine.
   *
   * @throws InputException if the folder holds no word vectors, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static WordVectors load(Path folder) {
    return load(folder, BackendOptions.defaults());
  }

  /**
   * Loads the vectors of a model folder on the fastest backend of this machine, with a choice of
   * threads, precision and matrix multiplication.
   *
   * @throws InputException if the folder holds no word vectors, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static WordVectors load(Path folder, BackendOptions options) {
    return LoadedModel.onFastestBackend(
        options, backend -> new WordVectors(backend, table(folder, backend), true));
  }

  /**
   * Loads the vectors of a model folder on a backend, which the caller closes after them.
   *
   * @throws InputException if the folder holds no word vectors, or a file is damaged
   */
  public static WordVectors load(Path folder, Backend backend) {
    return new WordVectors(backend, table(folder, backend), false);
  }

  /**
   * Reads a file of word2vec, gensim, fastText or GloVe, text or binary, and searches on the
   * fastest backend of this machine.
   *
   * @throws InputException if the file cannot be read, or is none of these
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static WordVectors read(Path file) {
    return of(VectorFiles.read(file));
  }

  /**
   * Searches a table of vectors on the fastest backend of this machine.
   *
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static WordVectors of(VectorTable table) {
    return LoadedModel.onFastestBackend(
        BackendOptions.defaults(), backend -> new WordVectors(backend, table, true));
  }

  private static VectorTable table(Path folder, Backend backend) {
    ModelFiles files = new ModelFiles(folder, ModelKind.EMBEDDINGS);
    int size = files.config(SkipGramConfig.class).vocabulary();
    try (SkipGram model = SkipGram.open(files, backend)) {
      return model.vectors(files.vocabulary(ModelFiles.VOCABULARY, size));
    }
  }

  /** Returns the words and their vectors. */
  public VectorTable table() {
    return vectors.table();
  }

  /** Returns whether a word has a vector. */
  public boolean contains(String word) {
    return table().row(word) >= 0;
  }

  /**
   * Returns the vector of a word, {@code (D)}.
   *
   * @throws InputException if the word has no vector
   */
  public float[] vector(String word) {
    float[] vector = new float[table().dimension()];
    table().copy(row(word), vector);
    return vector;
  }

  /**
   * The words whose vectors have the largest cosine with the vector of a word, the word itself
   * excluded, the nearest first.
   *
   * @param count how many words at most
   * @throws InputException if the word has no vector
   */
  public List<KeyedVectors.Neighbour> nearest(String word, int count) {
    int row = row(word);
    synchronized (vectors) {
      requireOpen();
      return vectors.nearest(row, count);
    }
  }

  /**
   * What is to {@code c} as {@code b} is to {@code a}: the words nearest to {@code b - a + c}, the
   * three themselves excluded, the nearest first. With "man", "king" and "woman" that is "queen" in
   * good vectors. Vectors are scaled to length 1 first (3CosAdd: Mikolov, Yih and Zweig,
   * "Linguistic Regularities in Continuous Space Word Representations", 2013).
   *
   * @param count how many words at most
   * @throws InputException if a word has no vector
   */
  public List<KeyedVectors.Neighbour> analogy(String a, String b, String c, int count) {
    int[] rows = {row(a), row(b), row(c)};
    synchronized (vectors) {
      requireOpen();
      return vectors.analogy(rows[0], rows[1], rows[2], count);
    }
  }

  private int row(String word) {
    int row = table().row(word);
    if (row < 0) {
      throw new InputException("the word '" + word + "' has no vector");
    }
    return row;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the word vectors are closed");
    }
  }

  @Override
  public void close() {
    synchronized (vectors) {
      if (closed) {
        return;
      }
      closed = true;
      vectors.close();
    }
    if (ownsBackend) {
      backend.close();
    }
  }
}
