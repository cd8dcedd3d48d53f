package org.lm4j.cli.embed;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.compute.Backend;
import org.lm4j.data.VectorFiles;
import org.lm4j.data.VectorTable;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.embed.SkipGram;
import org.lm4j.task.embed.SkipGramConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that name the word vectors to query. */
final class VectorSource {
  @Option(names = "--model", paramLabel = "DIR", description = "Folder of the model.")
  private @Nullable Path folder;

  @Option(
      names = "--vectors",
      paramLabel = "FILE",
      description =
          "In place of a model: a file of word2vec, gensim, fastText or GloVe, text or binary.")
  private @Nullable Path file;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Take the first N words of the file alone: the most frequent, in most [all].")
  private @Nullable Integer limit;

  @Mixin private DeviceOptions device;

  /** Returns the device options. */
  DeviceOptions device() {
    return device;
  }

  /** Returns the folder of the model, or the file of vectors. */
  Path path() {
    return Objects.requireNonNull(folder != null ? folder : file);
  }

  /**
   * Returns the vectors.
   *
   * @throws InputException if not one of the two is given, or it is damaged
   */
  VectorTable read(Backend backend) {
    if ((folder == null) == (file == null)) {
      throw new InputException("give --model or --vectors, one of the two.");
    }
    if (file != null) {
      return VectorFiles.read(file, limit == null ? Integer.MAX_VALUE : limit);
    }
    if (limit != null) {
      throw new InputException("--limit goes with --vectors.");
    }
    return of(folder, backend);
  }

  /** Returns the vectors of a model folder. */
  static VectorTable of(@Nullable Path folder, Backend backend) {
    ModelFiles files = new ModelFiles(Objects.requireNonNull(folder), ModelKind.EMBEDDINGS);
    int size = files.config(SkipGramConfig.class).vocabulary();
    try (SkipGram model = SkipGram.open(files, backend)) {
      return model.vectors(files.vocabulary(ModelFiles.VOCABULARY, size));
    }
  }

  /**
   * Returns the row of a word.
   *
   * @throws InputException if it has no vector
   */
  static int row(VectorTable table, String word) {
    int row = table.row(word);
    if (row < 0) {
      throw new InputException(
          "the word '"
              + word
              + "' has no vector: it is none of the "
              + table.words().size()
              + " words that have.");
    }
    return row;
  }
}
