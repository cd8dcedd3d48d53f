package org.lm4j.task.embed;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.Backend;
import org.lm4j.data.VectorFiles;
import org.lm4j.data.VectorTable;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.optim.Schedule;
import org.lm4j.task.LoadedModel;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.TrainingResult;

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
  /** How often a word must occur to get a vector, unless another number is given. */
  public static final int MIN_COUNT = 5;

  /** The part of the corpus at its end that is held out. */
  public static final double HELD_BACK = 0.01;

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

  /**
   * Trains word vectors by skip-gram with the default configuration, and saves them in a folder.
   *
   * @param corpus a file, or a folder of which all text files are read; words are separated by
   *     white space
   * @param recipe what it does not set has the default of the command line
   * @param folder made if needed
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the corpus cannot be read or too few words occur {@value #MIN_COUNT}
   *     times, or the folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      Path corpus, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return train(corpus, SkipGramConfig.defaults(), MIN_COUNT, recipe, folder, listener);
  }

  /**
   * Trains word vectors by skip-gram with a configuration, as {@link #train(Path, RecipeBuilder,
   * Path, ProgressListener)} does.
   *
   * @param config of any vocabulary size; the corpus decides it
   * @param minCount how often a word must occur to get a vector
   * @throws InputException if the corpus cannot be read or too few words occur so often, or the
   *     folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      Path corpus,
      SkipGramConfig config,
      int minCount,
      RecipeBuilder recipe,
      Path folder,
      ProgressListener listener) {
    SkipGramTask.Text text =
        new SkipGramTask.Text(
            new CorpusBuilder.Input(
                new CorpusSpec(Level.WORD, null, minCount, 0, HELD_BACK),
                Sources.of(List.of(corpus.toString()), InputStream.nullInputStream(), folder),
                null,
                (read, total) -> {}),
            config::sized);
    return LoadedModel.trainTask(
        new SkipGramTask(text), SkipGramConfig.training(config.draws()), recipe, folder, listener);
  }

  /**
   * Resumes the training of word vectors that was cancelled, with the same numbers as if it had
   * never stopped, to its planned end. The folder has the text as it was tokenized.
   *
   * @param folder of the vectors
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the folder holds no run, a file is damaged, or the run has a schedule
   *     that a program gave as a value: that is not saved, see {@link #resume(Path, Schedule,
   *     ProgressListener)}
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult resume(Path folder, ProgressListener listener) {
    return LoadedModel.resumeTask(new SkipGramTask(null), folder, null, listener);
  }

  /**
   * Resumes the training of word vectors whose schedule is a value.
   *
   * @param schedule the same value as before, or another one
   * @throws InputException if the folder holds no run, or a file is damaged
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult resume(Path folder, Schedule schedule, ProgressListener listener) {
    return LoadedModel.resumeTask(new SkipGramTask(null), folder, schedule, listener);
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
   * Returns the words whose vectors have the largest cosine with the vector of a word, the word
   * itself excluded, the nearest first.
   *
   * @param count how many words at most
   * @throws InputException if the word has no vector
   * @throws IllegalStateException if the vectors are closed
   */
  public List<KeyedVectors.Neighbour> nearest(String word, int count) {
    int row = row(word);
    synchronized (vectors) {
      requireOpen();
      return vectors.nearest(row, count);
    }
  }

  /**
   * Answers the analogy "what is to {@code c} as {@code b} is to {@code a}?": returns the words
   * nearest to {@code b - a + c}, without these three, the nearest first. With "man", "king" and
   * "woman" that is "queen" in good vectors. Vectors are scaled to length 1 first (3CosAdd:
   * Mikolov, Yih and Zweig, "Linguistic Regularities in Continuous Space Word Representations",
   * 2013).
   *
   * @param count how many words at most
   * @throws InputException if a word has no vector
   * @throws IllegalStateException if the vectors are closed
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
