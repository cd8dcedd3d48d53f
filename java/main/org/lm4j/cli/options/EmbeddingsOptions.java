package org.lm4j.cli.options;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Visible;
import org.lm4j.data.VectorFiles;
import org.lm4j.data.VectorTable;
import org.lm4j.model.WordVectors;
import org.lm4j.text.Level;
import org.lm4j.train.Origin;
import org.lm4j.train.Recipe;
import picocli.CommandLine.Option;

/** The options of word vectors that initialize a model's embedding. */
public final class EmbeddingsOptions {
  /** The help text of {@code --embeddings} for a model of words. */
  public static final String OF_WORDS =
      "Begin with these word vectors, of word2vec, gensim, GloVe or lm embed export, text or"
          + " binary; words of the corpus it lacks are drawn at random. --embedding defaults to"
          + " their width.";

  @Option(
      names = "--embeddings",
      paramLabel = "FILE",
      description =
          "Begin with these word vectors, of word2vec, gensim, GloVe or lm embed export, text or"
              + " binary; words it lacks are drawn at random. At word level, of the width"
              + " --embedding, which defaults to theirs.")
  private @Nullable Path file;

  @Option(
      names = "--freeze-embeddings",
      description = "Leave the vectors as they are while all else is trained.")
  private boolean freeze;

  private @Nullable VectorTable table;

  /** Returns the file in a run's origin; {@code base} where a saved one continues. */
  @Nullable String name(@Nullable Origin base) {
    return file != null ? file.toString() : base == null ? null : base.embeddings();
  }

  /** Returns whether a run's origin freezes the vectors. */
  @Nullable Boolean frozen(@Nullable Origin base) {
    return freeze ? Boolean.TRUE : base == null ? null : base.frozen();
  }

  /** Returns whether there are any. */
  boolean given() {
    return file != null;
  }

  /** Returns what a new run depends on, by the names of the options. */
  public Map<String, Object> begins() {
    return Map.of("--embeddings", file == null ? "" : file, "--freeze-embeddings", freeze);
  }

  /** Returns whether they are to stay as they are. */
  public boolean freezes() {
    return freeze;
  }

  /**
   * Checks what is asked of a model of words whatever it is for.
   *
   * @throws InputException if it makes no sense
   */
  public void requireSense(Recipe recipe) {
    if (freeze && file == null) {
      throw new InputException("--freeze-embeddings goes with --embeddings.");
    }
    if (freeze && recipe.optimizer().weightDecay() > 0) {
      throw new InputException(
          "--freeze-embeddings does not go with a weight decay, which would move them.");
    }
  }

  /**
   * Checks them against the rest of what was asked.
   *
   * @throws InputException if it makes no sense
   */
  public void requireSense(Level level, boolean tied, Recipe recipe, @Nullable Path initFrom) {
    if (freeze && file == null) {
      throw new InputException("--freeze-embeddings goes with --embeddings.");
    }
    if (file != null && initFrom != null) {
      throw new InputException("--embeddings does not go with --init-from.");
    }
    if (file != null && level != Level.WORD) {
      throw new InputException("--embeddings goes with --level word.");
    }
    if (freeze && (tied || recipe.optimizer().weightDecay() > 0)) {
      throw new InputException(
          "--freeze-embeddings does not go with --tied, which would freeze the output layer too, or"
              + " with a weight decay, which would move them.");
    }
  }

  /**
   * Returns the width of the embedding.
   *
   * @param asked by the user; 0 if nothing was
   * @throws InputException if the file has another, or is damaged
   */
  public int width(int asked) {
    VectorTable vectors = table();
    if (vectors == null || asked == vectors.dimension()) {
      return asked;
    }
    if (asked != 0) {
      throw new InputException(
          "%s has vectors of %d numbers, not of --embedding %d."
              .formatted(file, vectors.dimension(), asked));
    }
    return vectors.dimension();
  }

  /** Returns the vectors that initialize an embedding; null for random numbers. */
  public WordVectors.@Nullable Source source(PrintWriter err) {
    VectorTable vectors = table();
    return vectors == null
        ? null
        : new WordVectors.Source(
            vectors,
            found -> err.printf("vectors  %s: %s%n", Visible.name(String.valueOf(file)), found));
  }

  private @Nullable VectorTable table() {
    if (table == null && file != null) {
      table = VectorFiles.read(file);
    }
    return table;
  }
}
