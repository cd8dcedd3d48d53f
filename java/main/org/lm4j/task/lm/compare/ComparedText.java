package org.lm4j.task.lm.compare;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.StoredFile;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.line.SequenceEvaluator;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Sources;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.SequenceIndex;
import org.lm4j.text.token.Symbols;
import org.lm4j.text.token.TextUnit;
import org.lm4j.text.token.TokenFile;

/**
 * A text on which models are compared. It is divided into units that a bootstrap draws: lines, if
 * each is scored from a zero state, else blocks of consecutive lines, since what a model carries
 * from one to the next makes neighbours dependent. Memory grows with the number of units alone, at
 * most {@value #MOST_UNITS}.
 */
public final class ComparedText {
  /** The most units; more lines are grouped. */
  public static final int MOST_UNITS = 4000;

  private static final int BLOCK = 2000; // characters of a block of a text that is long enough
  private static final int BLOCKS = 20; // of a text that is not
  private static final Segmentation LINES =
      Segmentation.of(TextUnit.LINE).withSymbols(Symbols.NONE);

  private final List<String> paths;
  private final Segmentation segmentation;
  private final long lines;
  private final long[] firstLines; // of each unit, and the number of lines
  private final double[] characters; // of each unit
  private final double[] bytes;

  private ComparedText(
      List<String> paths,
      Segmentation segmentation,
      long[] firstLines,
      double[] characters,
      double[] bytes) {
    this.paths = List.copyOf(paths);
    this.segmentation = segmentation;
    this.lines = firstLines[firstLines.length - 1];
    this.firstLines = firstLines;
    this.characters = characters;
    this.bytes = bytes;
  }

  /**
   * Reads a text and divides it.
   *
   * @param paths files and folders, which are read once more for each model
   * @param unit of text that begins from a zero state: the whole text, a line or a document
   * @param carry whether the state is carried from line to line, or from document to document
   * @throws InputException if a file cannot be read, or only once, or there are fewer than two
   *     lines
   */
  public static ComparedText of(List<String> paths, TextUnit unit, boolean carry) {
    paths.forEach(path -> StoredFile.require(Path.of(path)));
    Segmentation segmentation = Segmentation.of(unit).withCarry(carry);
    try (TokenFile octets = encode(Vocabulary.bytes(), paths)) {
      LineCounter counter = new LineCounter(octets);
      long count = 0;
      long total = 0;
      while (counter.next()) {
        count++;
        total += counter.characters;
      }
      if (count < 2) {
        throw new InputException(
            "%s has fewer than two lines, and a comparison needs several to draw from"
                .formatted(String.join(", ", paths)));
      }
      boolean drawsLines = unit == TextUnit.LINE && !carry;
      long leastLines = drawsLines ? (count + MOST_UNITS - 1) / MOST_UNITS : 1;
      long leastCharacters =
          drawsLines
              ? 0
              : Math.max(Math.min(BLOCK, total / BLOCKS), (total + MOST_UNITS - 1) / MOST_UNITS);
      return divided(paths, segmentation, new LineCounter(octets), leastLines, leastCharacters);
    }
  }

  private static ComparedText divided(
      List<String> paths,
      Segmentation segmentation,
      LineCounter counter,
      long leastLines,
      long leastCharacters) {
    long[] first = new long[MOST_UNITS + 1];
    double[] characters = new double[MOST_UNITS];
    double[] bytes = new double[MOST_UNITS];
    int unit = 0;
    long line = 0;
    while (counter.next()) {
      boolean full =
          line - first[unit] >= leastLines && characters[unit] >= Math.max(1, leastCharacters);
      if (full && unit + 1 < MOST_UNITS) {
        first[++unit] = line;
      }
      characters[unit] += counter.characters;
      bytes[unit] += counter.bytes;
      line++;
    }
    int units = unit + 1;
    first[units] = line;
    return new ComparedText(
        paths,
        segmentation,
        Arrays.copyOf(first, units + 1),
        Arrays.copyOf(characters, units),
        Arrays.copyOf(bytes, units));
  }

  private static TokenFile encode(Vocabulary vocabulary, List<String> paths) {
    return CorpusBuilder.encode(
        vocabulary, Sources.of(paths, InputStream.nullInputStream()), (_, _) -> {});
  }

  /** Returns how the text is read: as one stream, or in lines or documents. */
  public Segmentation segmentation() {
    return segmentation;
  }

  /** Returns the number of lines. */
  public long lines() {
    return lines;
  }

  /** Returns the number of units that are drawn. */
  public int units() {
    return characters.length;
  }

  /** Returns the number of characters, line ends included. */
  public long characters() {
    return (long) Arrays.stream(characters).sum();
  }

  /** Returns the number of bytes in UTF-8, line ends included. */
  public long bytes() {
    return (long) Arrays.stream(bytes).sum();
  }

  /**
   * Scores the text with a model. In a stream the first token is not scored, since nothing is read
   * before it; lines and documents begin after a line end.
   *
   * @param name of the model in the comparison
   * @param progress null for none
   * @throws InputException if the model divides the text into other lines, knows fewer than two of
   *     its tokens, or has no line end where {@link #segmentation} needs one
   * @throws org.lm4j.compute.BackendException if a loss is not a finite number
   */
  public ModelScore score(
      String name, ScoringModel model, Evaluator.@Nullable ProgressListener progress) {
    Vocabulary vocabulary = model.vocabulary();
    try (TokenFile tokens = encode(vocabulary, paths);
        SequenceIndex lineIndex = SequenceIndex.of(tokens, LINES, vocabulary.lineEnd())) {
      if (tokens.size() < 2) {
        throw new InputException("%s knows fewer than two tokens of the text".formatted(name));
      }
      if (lineIndex.count() != lines) {
        throw new InputException(
            "the text has %,d lines, and %s ends %,d: its tokens reach beyond line ends, or lack them"
                .formatted(lines, name, lineIndex.count()));
      }
      Units units = new Units(lineIndex);
      Evaluator.Score score = score(model, tokens, units, progress);
      boolean skips = vocabulary.unknown() < 0;
      long unknown = skips ? tokens.stats().targets().oov() : score.oovTargets();
      double[] own = characters.clone();
      double[] ownBytes = bytes.clone();
      if (segmentation.isStream()) {
        long firstCharacters =
            tokens.stats().text().characters() - tokens.stats().targets().characters();
        long firstBytes = tokens.stats().text().bytes() - tokens.stats().targets().bytes();
        own[0] -= firstCharacters;
        ownBytes[0] -= firstBytes;
      }
      return new ModelScore(
          name, vocabulary, units.nats, units.targets, own, ownBytes, unknown, skips);
    }
  }

  private Evaluator.Score score(
      ScoringModel model,
      TokenFile tokens,
      Units units,
      Evaluator.@Nullable ProgressListener progress) {
    if (segmentation.isStream()) {
      return model.score(tokens, 1, units, progress);
    }
    try (SequenceIndex index =
        SequenceIndex.of(tokens, segmentation, model.vocabulary().lineEnd())) {
      return SequenceEvaluator.of(model, index).score(1, units, progress);
    }
  }

  /** Sums the losses of each unit. */
  private final class Units implements Evaluator.TargetListener {
    final double[] nats = new double[units()];
    final double[] targets = new double[units()];
    private final SequenceIndex lineIndex;
    private int unit;
    private long begin; // of the unit, and where the next one begins, as places in the text
    private long end;

    Units(SequenceIndex lineIndex) {
      this.lineIndex = lineIndex;
      move(0);
    }

    private void move(int to) {
      unit = to;
      begin = lineIndex.start(firstLines[to]);
      end = to + 1 < units() ? lineIndex.start(firstLines[to + 1]) : Long.MAX_VALUE;
    }

    @Override
    public void target(long index, int token, double loss) {
      while (index >= end) {
        move(unit + 1);
      }
      while (index < begin) {
        move(unit - 1);
      }
      nats[unit] += loss;
      targets[unit]++;
    }
  }

  /** Counts the characters and bytes of one line after the other. */
  private static final class LineCounter {
    private final TokenFile octets;
    private final int[] read = new int[1 << 14];
    private long from; // of what was read
    private int at;
    private int count;
    long characters;
    long bytes;

    LineCounter(TokenFile octets) {
      this.octets = octets;
    }

    /** Moves to the next line; returns whether there is one. */
    boolean next() {
      characters = 0;
      bytes = 0;
      while (at < count || fill()) {
        int octet = read[at++];
        bytes++;
        characters += (octet & 0xC0) == 0x80 ? 0 : 1;
        if (octet == '\n') {
          return true;
        }
      }
      return bytes > 0;
    }

    private boolean fill() {
      from += count;
      count = (int) Math.min(read.length, octets.size() - from);
      at = 0;
      if (count > 0) {
        octets.copy(from, count, read, 0);
      }
      return count > 0;
    }
  }
}
