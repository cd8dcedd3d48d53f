package org.lm4j.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.text.source.Escapes;
import org.lm4j.text.source.SkippedFiles;
import org.lm4j.text.subword.BpeLearner;
import org.lm4j.text.subword.SubwordTokenizer;
import org.lm4j.text.token.CorpusStats;
import org.lm4j.text.token.TextCounts;
import org.lm4j.text.token.TextUnit;
import org.lm4j.text.token.TokenFile;
import org.lm4j.text.token.TokenFileWriter;

/**
 * Turns texts into token files. Memory does not grow with the text, only with the number of
 * different words.
 *
 * <p>The text is read once, so it may come from the standard input: its types, numbered by first
 * appearance, go to a temporary file; then the training part is counted, the vocabulary is made
 * from it alone, and the numbers are rewritten as ids. Results get their names only once they are
 * complete and on disk; temporary files are always removed.
 *
 * <p>Bad input is an {@link InputException}, a write error (a full disk) an {@link
 * java.io.UncheckedIOException} that names the file.
 */
public final class CorpusBuilder {
  /** File name of the training tokens. */
  public static final String TRAIN = "train.tokens";

  /** File name of the validation tokens. */
  public static final String VALID = "valid.tokens";

  /** Receives progress about once per MiB read. */
  @FunctionalInterface
  public interface Progress {
    /** Reports the bytes read so far and the total, which is -1 when it is not known. */
    void read(long bytes, long total);

    /**
     * Reports the files that were found with the text but skipped, once everything has been read.
     */
    default void skipped(SkippedFiles files) {}

    /** Reports that a vocabulary of subwords that is being learned has so many tokens. */
    default void learned(int size, int wanted) {}
  }

  private static final System.Logger LOG = System.getLogger(CorpusBuilder.class.getName());
  private static final long TELL_EACH = 1 << 20;
  private static final int NAMED = 5;

  private final CorpusSpec spec;
  private final TypeTable types;
  private final Progress progress;
  private final boolean skipUnknown;
  private final TextPrints prints;
  private boolean lineBegun;

  private CorpusBuilder(CorpusSpec spec, Progress progress) {
    this(spec, progress, false, new TextPrints(spec.level()));
  }

  private CorpusBuilder(
      CorpusSpec spec, Progress progress, boolean skipUnknown, TextPrints prints) {
    this.skipUnknown = skipUnknown;
    this.spec = spec;
    this.prints = prints;
    this.progress = progress;
    Vocabulary given = spec.vocabulary();
    this.types = given == null ? TypeTable.growing(spec.level()) : TypeTable.of(given);
  }

  /**
   * Text that is to become tokens, and how.
   *
   * @param validation the validation text; null: the specification's fraction is held back
   */
  public record Input(
      CorpusSpec spec, Sources training, @Nullable Sources validation, Progress progress) {
    /**
     * Writes the tokens to a folder, as {@link CorpusBuilder#build} does.
     *
     * @throws InputException as there
     */
    public Corpus build(Path folder) {
      return CorpusBuilder.build(spec, training, validation, folder, progress);
    }
  }

  /**
   * Writes {@code train.tokens} and, with a validation text or fraction, {@code valid.tokens} to a
   * folder, which is created if needed. A {@code valid.tokens} of an earlier corpus is removed.
   *
   * @param valid the validation text; null: the specification's fraction is held back
   * @throws InputException when a text is missing, empty or malformed, or has what a vocabulary
   *     given without {@code <unk>} lacks
   */
  public static Corpus build(
      CorpusSpec spec, Sources train, @Nullable Sources valid, Path folder, Progress progress) {
    if (valid != null && spec.validFraction() > 0) {
      throw InputException.naming("Give {valid} or {validFraction}, not both.");
    }
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(folder.resolve(VALID));
    } catch (IOException e) {
      throw TokenFileWriter.cannotWrite(folder, e);
    }
    CorpusBuilder builder = new CorpusBuilder(spec, progress);
    try (TypeStream stream = new TypeStream(folder)) {
      builder.scan(train, stream);
      long cut = stream.size();
      if (valid != null) {
        builder.scanValidation(valid, stream);
      } else if (spec.validFraction() > 0) {
        cut = builder.border(cutFor(spec.validFraction(), stream.size()), stream);
      }
      return builder.write(stream, cut, folder);
    }
  }

  /**
   * Writes one token file with the ids of a given vocabulary.
   *
   * @throws InputException when a text is missing, empty or malformed, or has what a vocabulary
   *     without {@code <unk>} lacks: the message names it, the file and the byte offset
   */
  public static CorpusStats encode(
      Vocabulary vocabulary, Sources sources, Path file, Progress progress) {
    CorpusBuilder builder = encoder(vocabulary, progress, false);
    try (TypeStream stream = new TypeStream(file.toAbsolutePath().getParent())) {
      builder.scan(sources, stream);
      return builder.write(vocabulary, stream.rewind(), stream.size(), file);
    }
  }

  /**
   * Returns the tokens of a text with the ids of a given vocabulary, in a file without a name that
   * is gone when it is closed or the process ends, in any way. It lies where the system keeps what
   * is temporary, or where the variable {@code TMPDIR} says.
   *
   * <p>What a vocabulary without {@code <unk>} lacks is skipped, as if the text did not have it: it
   * counts as {@linkplain TextCounts#oov out of the vocabulary}, and a warning says what it was.
   *
   * @throws InputException when a text is missing, empty or malformed
   */
  public static TokenFile encode(Vocabulary vocabulary, Sources sources, Progress progress) {
    CorpusBuilder builder = encoder(vocabulary, progress, true);
    try (TypeStream stream = new TypeStream(null);
        TokenFileWriter writer = TokenFileWriter.scratch(vocabulary.size(), vocabulary.unknown())) {
      builder.scan(sources, stream);
      CorpusStats stats = builder.write(vocabulary, stream.rewind(), stream.size(), writer);
      builder.warnOfSkipped(vocabulary, stats.text().oov());
      return writer.finishScratch(stats);
    }
  }

  /** Returns a builder for one text alone, with which no other is compared. */
  private static CorpusBuilder encoder(
      Vocabulary vocabulary, Progress progress, boolean skipUnknown) {
    TextPrints none = TextPrints.none(vocabulary.level());
    return new CorpusBuilder(CorpusSpec.of(vocabulary), progress, skipUnknown, none);
  }

  private static long cutFor(double fraction, long tokens) {
    long cut = (long) Math.floor(tokens * (1 - fraction));
    if (cut < 1 || cut >= tokens) {
      throw InputException.naming(
          String.format(
              "{validFraction} %s of %d tokens leaves %d for training and %d for validation;"
                  + " change the fraction or give more text.",
              fraction, tokens, cut, tokens - cut));
    }
    return cut;
  }

  /** Returns the end of the line or document that is cut in two; the cut itself in a stream. */
  private long border(long cut, TypeStream stream) {
    if (spec.unit() == TextUnit.STREAM) {
      return cut;
    }
    Vocabulary given = spec.vocabulary();
    String end = spec.level() == Level.WORD ? Vocabulary.END_OF_SENTENCE : "\n";
    int lineEnd = given == null ? types.texts().indexOf(end) : given.lineEnd();
    BorderFinder finder = new BorderFinder(cut, lineEnd, spec.unit() == TextUnit.DOCUMENT);
    stream.rewind().next(stream.size(), finder);
    if (finder.found() < 0 || finder.found() == stream.size()) {
      throw InputException.naming(
          "{validFraction} %s of the text leaves no whole %s for validation; change the fraction or give more text."
              .formatted(spec.validFraction(), spec.unit().label()));
    }
    return finder.found();
  }

  /** Scans the validation text, and warns where it is trained on: its loss would mean nothing. */
  private void scanValidation(Sources valid, TypeStream stream) {
    prints.compare();
    scan(valid, stream);
    String shared = prints.summary();
    if (!shared.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "validation text is also trained on, "
              + shared
              + "; the validation loss does not show how the model does on new text");
    }
  }

  private void scan(Sources sources, TypeStream stream) {
    Vocabulary given = spec.vocabulary();
    Vocabulary closed = given != null && given.unknown() < 0 && !skipUnknown ? given : null;
    long before = stream.size();
    long total = sources.totalBytes();
    long[] read = new long[2];
    sources.read(
        spec.level(),
        new TextScanner(spec.level(), types, closed, prints, sink(stream)),
        bytes -> {
          read[0] += bytes;
          if (read[0] >= read[1]) {
            progress.read(read[0], total);
            read[1] = read[0] + TELL_EACH;
          }
        });
    progress.read(read[0], total);
    progress.skipped(sources.skipped());
    if (stream.size() == before) {
      throw new InputException("The text is empty: " + sources.names() + "; give another.");
    }
  }

  private Corpus write(TypeStream stream, long cut, Path folder) {
    Vocabulary vocabulary = spec.vocabulary();
    if (vocabulary == null) {
      long[] counts = new long[types.size()];
      stream.rewind().next(cut, type -> counts[type]++);
      if (spec.level() == Level.SUBWORD) {
        return writeSubwords(stream, cut, counts, folder);
      }
      vocabulary = VocabularyBuilder.build(spec, types.texts(), counts);
    }
    TypeStream.Cursor cursor = stream.rewind();
    Path train = folder.resolve(TRAIN);
    CorpusStats trainStats = write(vocabulary, cursor, cut, train);
    if (cut == stream.size()) {
      return new Corpus(vocabulary, train, null, trainStats, null);
    }
    Path valid = folder.resolve(VALID);
    CorpusStats validStats = write(vocabulary, cursor, stream.size() - cut, valid);
    return new Corpus(vocabulary, train, valid, trainStats, validStats);
  }

  /** Learns subwords from the parts of the text that were counted, and writes their tokens. */
  private Corpus writeSubwords(TypeStream parts, long cut, long[] counts, Path folder) {
    SubwordTokenizer tokenizer =
        BpeLearner.learn(
            types.texts(), counts, spec.largestSize(), spec.minCount(), progress::learned);
    int[][] pieces = new int[types.size()][];
    for (int type = 0; type < pieces.length; type++) {
      IntStream.Builder ids = IntStream.builder();
      tokenizer.encode(types.text(type), (id, start, end, known) -> ids.add(id));
      pieces[type] = ids.build().toArray();
    }
    CorpusBuilder builder = new CorpusBuilder(CorpusSpec.of(Vocabulary.of(tokenizer)), progress);
    try (TypeStream tokens = new TypeStream(folder)) {
      TypeSink expand =
          new TypeSink() {
            @Override
            public void accept(int type) {
              for (int id : pieces[type]) {
                tokens.add(id);
              }
            }

            @Override
            public void gap(long bytes, long characters) {
              tokens.addGap(bytes, characters);
            }
          };
      TypeStream.Cursor cursor = parts.rewind();
      cursor.next(cut, expand);
      long trained = tokens.size();
      cursor.next(parts.size() - cut, expand);
      return builder.write(tokens, trained, folder);
    }
  }

  private CorpusStats write(
      Vocabulary vocabulary, TypeStream.Cursor cursor, long count, Path file) {
    try (TokenFileWriter writer =
        new TokenFileWriter(file, vocabulary.size(), vocabulary.unknown())) {
      CorpusStats stats = write(vocabulary, cursor, count, writer);
      writer.finish(stats);
      return stats;
    }
  }

  private CorpusStats write(
      Vocabulary vocabulary, TypeStream.Cursor cursor, long count, TokenFileWriter writer) {
    int[] codes = codes(vocabulary);
    TextMeter meter =
        new TextMeter(
            spec.level(), types.characterCounts(), types.byteCounts(), types.lineEnd(), lineBegun);
    BitSet seen = new BitSet();
    int outside = vocabulary.size();
    boolean skip = vocabulary.unknown() < 0;
    cursor.next(
        count,
        new TypeSink() {
          @Override
          public void accept(int type) {
            int code = codes[type];
            seen.set(type);
            if (code == outside && skip) {
              meter.skip(type);
            } else {
              meter.add(type, code == outside);
              writer.add(code);
            }
          }

          @Override
          public void gap(long bytes, long characters) {
            meter.gap(bytes, characters);
          }
        });
    lineBegun = meter.lineBegun();
    return meter.finish(seen.cardinality());
  }

  private static TypeSink sink(TypeStream stream) {
    return new TypeSink() {
      @Override
      public void accept(int type) {
        stream.add(type);
      }

      @Override
      public void gap(long bytes, long characters) {
        stream.addGap(bytes, characters);
      }
    };
  }

  private void warnOfSkipped(Vocabulary vocabulary, long count) {
    int different = types.size() - vocabulary.size();
    if (vocabulary.unknown() >= 0 || count == 0) {
      return;
    }
    String some =
        types.texts().stream()
            .skip(vocabulary.size())
            .limit(NAMED)
            .map(
                text ->
                    spec.level() == Level.CHAR
                        ? Escapes.named(text.codePointAt(0))
                        : "'" + Escapes.text(text) + "'")
            .collect(Collectors.joining(", "));
    LOG.log(
        System.Logger.Level.WARNING,
        String.format(
            Locale.ROOT,
            "the vocabulary has no <unk>: skipped %,d %ss of the text that it lacks (%s%s)",
            count,
            spec.level() == Level.SUBWORD ? "piece" : spec.level().label(),
            some,
            different > NAMED ? " and " + (different - NAMED) + " others" : ""));
  }

  /** Returns the code of each type: its id, or V if it has none. */
  private int[] codes(Vocabulary vocabulary) {
    boolean numbered = spec.vocabulary() != null; // types below V are ids
    return IntStream.range(0, types.size())
        .map(
            type -> {
              int id =
                  numbered ? Math.min(type, vocabulary.size()) : vocabulary.id(types.text(type));
              return id < 0 ? vocabulary.size() : id;
            })
        .toArray();
  }
}
