package org.lm4j.task.lm.ngram;

import java.nio.file.Path;
import org.lm4j.InputException;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.ngram.NgramCursor;
import org.lm4j.ngram.NgramTable;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.Segmentation;

/**
 * An n-gram model, ready to score and to generate text. Its probabilities are mapped into memory
 * from the model folder, which must not be changed while it is open.
 *
 * <p>Where lines are sentences, what is read after a line end is the beginning of a sentence,
 * {@code <s>} in the terms of SRILM and KenLM, and a line end that is predicted is their {@code
 * </s>}.
 */
public final class NgramModel implements ScoringModel {
  private final NgramConfig config;
  private final Vocabulary vocabulary;
  private final NgramTable table;

  private NgramModel(NgramConfig config, Vocabulary vocabulary, NgramTable table) {
    this.config = config;
    this.vocabulary = vocabulary;
    this.table = table;
  }

  /**
   * Opens a model.
   *
   * @throws InputException if the folder holds no n-gram model, or a file is damaged
   */
  public static NgramModel load(Path folder) {
    ModelFiles files = new ModelFiles(folder, ModelKind.NGRAM);
    NgramConfig config = files.config(NgramConfig.class);
    Vocabulary vocabulary = vocabulary(files, config);
    NgramTable table;
    try (SafetensorsFile file = ModelFiles.openWeights(folder)) {
      table = NgramTable.map(file, files.weights().toString());
    }
    int end = config.unit().equals(NgramConfig.LINE) ? vocabulary.lineEnd() : -1;
    boolean agrees =
        table.order() == config.order()
            && table.vocabulary() == vocabulary.size()
            && table.sentenceEnd() == end;
    if (!agrees) {
      table.close();
      throw new InputException(
          "%s is of order %d over %d tokens, not what %s specifies"
              .formatted(files.weights(), table.order(), table.vocabulary(), files.config()));
    }
    return new NgramModel(config, vocabulary, table);
  }

  /**
   * Reads the tokens of a model.
   *
   * @throws InputException if the folder holds no n-gram model, or a file is damaged
   */
  public static Vocabulary vocabulary(Path folder) {
    ModelFiles files = new ModelFiles(folder, ModelKind.NGRAM);
    return vocabulary(files, files.config(NgramConfig.class));
  }

  /**
   * Reads whether lines are sentences in a model's folder; else its text is one stream.
   *
   * @throws InputException if the folder holds no n-gram model, or a file is damaged
   */
  public static Segmentation segmentation(Path folder) {
    return segmentation(new ModelFiles(folder, ModelKind.NGRAM).config(NgramConfig.class));
  }

  private static Segmentation segmentation(NgramConfig config) {
    return config.unit().equals(NgramConfig.LINE) ? Segmentation.LINES : Segmentation.STREAM;
  }

  private static Vocabulary vocabulary(ModelFiles files, NgramConfig config) {
    Vocabulary vocabulary = files.vocabulary(ModelFiles.VOCABULARY, config.vocabulary());
    if (vocabulary.level() != Level.of(config.level())) {
      throw new InputException(
          "%s holds tokens at level %s, but %s specifies level %s"
              .formatted(
                  files.path().resolve(ModelFiles.VOCABULARY),
                  vocabulary.level().label(),
                  files.config(),
                  config.level()));
    }
    return vocabulary;
  }

  /** Returns what {@code config.json} says. */
  public NgramConfig config() {
    return config;
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public Segmentation segmentation() {
    return segmentation(config);
  }

  /** Returns the probabilities, for uses that this class does not cover. */
  public NgramTable table() {
    return table;
  }

  @Override
  public Cursor cursor() {
    return new OfNgrams(new NgramCursor(table));
  }

  @Override
  public void close() {
    table.close();
  }

  /** A cursor that predicts once it has read a token. */
  private static final class OfNgrams implements Cursor {
    private final NgramCursor cursor;
    private boolean begun;

    OfNgrams(NgramCursor cursor) {
      this.cursor = cursor;
    }

    @Override
    public void reset() {
      cursor.reset();
      begun = false;
    }

    @Override
    public void read(int token) {
      cursor.read(token);
      begun = true;
    }

    @Override
    public double logProbability(int token) {
      requireBegun();
      return cursor.logProbability(token);
    }

    @Override
    public void logProbabilities(double[] target) {
      requireBegun();
      cursor.logProbabilities(target);
    }

    private void requireBegun() {
      if (!begun) {
        throw new IllegalStateException("the cursor predicts nothing before it has read a token");
      }
    }

    @Override
    public void close() {}
  }
}
