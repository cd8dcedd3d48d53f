package org.lm4j.task.lm.ngram;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.lm4j.InputException;
import org.lm4j.io.AtomicFile;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.TextRecord;
import org.lm4j.ngram.ArpaReader;
import org.lm4j.ngram.ArpaWriter;
import org.lm4j.ngram.Discounts;
import org.lm4j.ngram.KneserNey;
import org.lm4j.ngram.NgramTable;
import org.lm4j.tensor.DType;
import org.lm4j.text.Corpus;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.source.TextStream;
import org.lm4j.text.token.TokenFile;
import org.lm4j.train.StagedFolder;

/** Makes folders of n-gram models: estimated from a text, or read from an ARPA file. */
public final class NgramTraining {
  private static final int READ = 1 << 12; // tokens at a time

  private NgramTraining() {}

  /** Receives the progress, in the thread that trains. */
  @FunctionalInterface
  public interface Progress {
    /** Reports that {@code done} of {@code total} tokens are counted, some thousand at a time. */
    void counted(long done, long total);
  }

  /**
   * What was made.
   *
   * @param tokens number of tokens that were counted; 0 for an imported model
   * @param vocabulary number of tokens of the vocabulary
   * @param ngrams how many n-grams there are of each length, from 1
   * @param discounts of each length; empty for an imported model
   */
  public record Summary(
      long tokens, int vocabulary, List<Integer> ngrams, List<Discounts> discounts) {
    /** Keeps unmodifiable copies of the lists. */
    public Summary {
      ngrams = List.copyOf(ngrams);
      discounts = List.copyOf(discounts);
    }

    static Summary of(long tokens, NgramTable table, List<Discounts> discounts) {
      List<Integer> ngrams = new ArrayList<>();
      for (int length = 1; length <= table.order(); length++) {
        ngrams.add(table.count(length) - (length == 1 ? 1 : 0)); // the beginning is not a token
      }
      return new Summary(tokens, table.vocabulary(), ngrams, discounts);
    }
  }

  /**
   * Trains a model on a text by interpolated modified Kneser-Ney smoothing, and saves it. Temporary
   * files lie in the model folder while it is made.
   *
   * @param corpus the text; it has no validation part
   * @param folder made if needed
   * @throws InputException if the text cannot be read, has no line ends where lines are to be
   *     sentences, or the folder holds a model that is not to be replaced
   * @throws IllegalArgumentException if {@code options} prune in a way that {@link
   *     KneserNey.Options} does not allow
   * @throws UncheckedIOException if a file cannot be written
   */
  public static Summary train(
      CorpusBuilder.Input corpus,
      NgramOptions options,
      Path folder,
      StagedFolder.Existing existing,
      Progress progress) {
    try (StagedFolder staged = new StagedFolder(folder, existing)) {
      Corpus text = corpus.build(staged.path());
      ModelFiles.aside(staged.path(), ModelKind.NGRAM).saveTraining(TextRecord.of(corpus, text));
      Vocabulary vocabulary = text.vocabulary();
      int end = options.lines() ? vocabulary.lineEnd() : -1;
      if (options.lines() && end < 0) {
        throw InputException.naming(
            "the vocabulary has no line end, so lines cannot be sentences; use {unit} stream.");
      }
      KneserNey.Options wanted =
          new KneserNey.Options(
              options.order(),
              vocabulary.size(),
              end,
              options.pruned(),
              options.memory(),
              staged.path());
      Summary summary;
      try (KneserNey estimator = new KneserNey(wanted)) {
        try (TokenFile tokens = TokenFile.open(text.train())) {
          count(tokens, estimator, progress);
        }
        delete(text.train());
        try (NgramTable table = estimator.estimate(folder.toString())) {
          summary = Summary.of(estimator.tokens(), table, estimator.discounts());
          save(staged, table, vocabulary, config(vocabulary, table, options, summary));
        }
      }
      staged.install();
      return summary;
    }
  }

  private static void count(TokenFile tokens, KneserNey estimator, Progress progress) {
    int[] ids = new int[READ];
    for (long from = 0; from < tokens.size(); from += READ) {
      int count = (int) Math.min(READ, tokens.size() - from);
      tokens.copy(from, count, ids, 0);
      for (int i = 0; i < count; i++) {
        estimator.add(ids[i]);
      }
      progress.counted(from + count, tokens.size());
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file, e);
    }
  }

  private static NgramConfig config(
      Vocabulary vocabulary, NgramTable table, NgramOptions options, Summary summary) {
    String pruned = options.pruned().stream().map(String::valueOf).collect(Collectors.joining(","));
    String discounts =
        summary.discounts.stream().map(NgramTraining::shown).collect(Collectors.joining("; "));
    return new NgramConfig(
        ModelKind.NGRAM.label(),
        vocabulary.level().label(),
        vocabulary.size(),
        table.order(),
        options.lines() ? NgramConfig.LINE : NgramConfig.STREAM,
        NgramConfig.KNESER_NEY,
        pruned,
        discounts);
  }

  private static String shown(Discounts discounts) {
    return String.format(
        Locale.ROOT, "%.4f %.4f %.4f", discounts.one(), discounts.two(), discounts.three());
  }

  private static void save(
      StagedFolder staged, NgramTable table, Vocabulary vocabulary, NgramConfig config) {
    ModelFiles target = ModelFiles.aside(staged.path(), ModelKind.NGRAM);
    table.save(staged.path().resolve(ModelFiles.WEIGHTS), DType.F32, staged.path());
    target.saveVocabulary(ModelFiles.VOCABULARY, vocabulary);
    target.saveConfig(config);
  }

  /**
   * Makes a model folder from an ARPA file.
   *
   * @param level what its tokens are
   * @param memory bytes that sorting may take; what exceeds them is sorted on disk
   * @throws InputException if it is no ARPA file, or the folder holds a model that is not to be
   *     replaced
   */
  public static Summary importArpa(
      TextStream arpa, Level level, long memory, Path folder, StagedFolder.Existing existing) {
    return importArpa(folder, existing, aside -> ArpaReader.read(arpa, level, memory, aside));
  }

  /**
   * Makes a model folder from an ARPA file whose tokens are those of a vocabulary, as mixing with
   * another model demands.
   *
   * @param memory bytes that sorting may take; what exceeds them is sorted on disk
   * @throws InputException if it is no ARPA file, it has tokens that the vocabulary lacks, or the
   *     folder holds a model that is not to be replaced
   */
  public static Summary importArpa(
      TextStream arpa,
      Vocabulary vocabulary,
      long memory,
      Path folder,
      StagedFolder.Existing existing) {
    return importArpa(folder, existing, aside -> ArpaReader.read(arpa, vocabulary, memory, aside));
  }

  private static Summary importArpa(
      Path folder, StagedFolder.Existing existing, Function<Path, ArpaReader.Model> reading) {
    try (StagedFolder staged = new StagedFolder(folder, existing)) {
      ArpaReader.Model read = reading.apply(staged.path());
      Summary summary;
      try (NgramTable table = read.table()) {
        summary = Summary.of(0, table, List.of());
        NgramConfig config =
            new NgramConfig(
                ModelKind.NGRAM.label(),
                read.vocabulary().level().label(),
                table.vocabulary(),
                table.order(),
                table.sentenceEnd() >= 0 ? NgramConfig.LINE : NgramConfig.STREAM,
                NgramConfig.IMPORTED,
                "",
                "");
        save(staged, table, read.vocabulary(), config);
      }
      staged.install();
      return summary;
    }
  }

  /**
   * Writes a model as an ARPA file, compressed if the name ends in {@code .gz}.
   *
   * @throws InputException if a token of the model has the name of a sentence's beginning or end
   * @throws UncheckedIOException if the file cannot be written
   */
  public static void exportArpa(NgramModel model, Path file) {
    boolean packed = file.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
    AtomicFile.writeStream(
        file,
        stream -> {
          OutputStream out = packed ? new GZIPOutputStream(stream, 1 << 16) : stream;
          ArpaWriter.write(model.table(), model.vocabulary(), out);
          if (out instanceof GZIPOutputStream gzip) {
            gzip.finish();
          }
        });
  }
}
