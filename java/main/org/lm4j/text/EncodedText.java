package org.lm4j.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.lm4j.InputException;
import org.lm4j.text.token.CorpusStats;
import org.lm4j.text.token.TextCounts;
import org.lm4j.text.token.TokenSequence;

/**
 * The tokens of a string in memory, each with its place in the string. The tokens and the counts of
 * {@link #stats} are the same as {@link CorpusBuilder#encode(Vocabulary, Sources,
 * CorpusBuilder.Progress)} gives for a file that holds the string in UTF-8. Immutable.
 *
 * <p>Text that a vocabulary without {@code <unk>} lacks is skipped and counted as {@linkplain
 * TextCounts#oov out of the vocabulary}. A byte order mark at the start is dropped except at byte
 * level.
 */
public final class EncodedText implements TokenSequence {
  private static final int BYTE_ORDER_MARK = 0xFEFF;

  /**
   * A part of the string.
   *
   * @param start where it begins, as an index of {@link String#charAt}
   * @param end where it ends, exclusive
   */
  public record Span(int start, int end) {}

  private final String text;
  private final Vocabulary vocabulary;
  private final int[] codes; // ids, or V for text that is not in the vocabulary
  private final int[] starts;
  private final int[] ends;
  private final CorpusStats stats;

  private EncodedText(
      String text,
      Vocabulary vocabulary,
      int[] codes,
      int[] starts,
      int[] ends,
      CorpusStats stats) {
    this.text = text;
    this.vocabulary = vocabulary;
    this.codes = codes;
    this.starts = starts;
    this.ends = ends;
    this.stats = stats;
  }

  /**
   * Encodes a string.
   *
   * @throws InputException if it has half a surrogate pair, or at char and word level a NUL
   */
  public static EncodedText of(Vocabulary vocabulary, String text) {
    requireWellFormed(vocabulary.level(), text);
    Types types = new Types(vocabulary);
    switch (vocabulary.level()) {
      case BYTE -> types.addBytes(text);
      case CHAR -> types.addCharacters(text);
      case WORD -> types.addWords(text);
      case SUBWORD -> types.addSubwords(text);
    }
    return types.encode(text);
  }

  private static void requireWellFormed(Level level, String text) {
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (Character.isHighSurrogate(c)
          && at + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(at + 1))) {
        at++;
      } else if (Character.isSurrogate(c)) {
        throw new InputException(
            "the text has half a surrogate pair at index %d; give whole characters".formatted(at));
      } else if (c == 0 && level != Level.BYTE) {
        throw new InputException(
            "the text has a NUL character at index %d; only a model at byte level can score it"
                .formatted(at));
      }
    }
  }

  /** Returns the string. */
  public String text() {
    return text;
  }

  /** Returns the vocabulary that the ids belong to. */
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public long size() {
    return codes.length;
  }

  @Override
  public boolean isOov(long index) {
    return codes[Math.toIntExact(index)] == vocabulary.size();
  }

  /** Returns the id of the token at an index in 0..N-1. */
  public int get(int index) {
    int code = codes[index];
    return code == vocabulary.size() ? vocabulary.unknown() : code;
  }

  @Override
  public void copy(long from, int count, int[] target, int at) {
    Objects.checkFromIndexSize(from, count, codes.length);
    for (int i = 0; i < count; i++) {
      target[at + i] = get((int) from + i);
    }
  }

  @Override
  public CorpusStats stats() {
    return stats;
  }

  /**
   * Returns where the token at an index begins in the string, as an index of {@code String.charAt}.
   * The bytes of one character all begin where the character begins.
   */
  public int start(int index) {
    return starts[index];
  }

  /**
   * Returns where the token at an index ends in the string, exclusive. The {@code <eos>} of a last
   * line without a line end covers nothing: it ends where it begins.
   */
  public int end(int index) {
    return ends[index];
  }

  /** Returns the words of the string: runs of characters between white space. */
  public List<Span> words() {
    return words(text);
  }

  /** Returns the words of any string: runs of characters between white space. */
  public static List<Span> words(String text) {
    List<Span> words = new ArrayList<>();
    int start = -1; // of the word that has begun, if there is one
    for (int at = 0; at < text.length(); at = text.offsetByCodePoints(at, 1)) {
      boolean space = WordSplitter.isWhitespace(text.codePointAt(at));
      if (space && start >= 0) {
        words.add(new Span(start, at));
        start = -1;
      } else if (!space && start < 0) {
        start = at;
      }
    }
    if (start >= 0) {
      words.add(new Span(start, text.length()));
    }
    return words;
  }

  /** The types of a string in their order, and the text between them. */
  private static final class Types implements TypeSink {
    private static final int GAP = -1; // in place of a type; the next of the gaps belongs to it

    private final Vocabulary vocabulary;
    private final TypeTable table;
    private int[] types = new int[64];
    private int[] starts = new int[64];
    private int[] ends = new int[64];
    private int count;
    private long[] gaps = new long[8];
    private int gapCount;
    private int start;
    private int end;

    Types(Vocabulary vocabulary) {
      this.vocabulary = vocabulary;
      this.table = TypeTable.of(vocabulary);
    }

    void addBytes(String text) {
      for (int at = 0; at < text.length(); at = end) {
        span(at, at + Character.charCount(text.codePointAt(at)));
        for (byte octet : text.substring(start, end).getBytes(StandardCharsets.UTF_8)) {
          accept(octet & 0xFF);
        }
      }
    }

    void addCharacters(String text) {
      for (int at = begin(text); at < text.length(); at = end) {
        int codePoint = text.codePointAt(at);
        span(at, at + Character.charCount(codePoint));
        accept(table.character(codePoint));
      }
    }

    void addWords(String text) {
      WordExtent extent = new WordExtent(this);
      WordSplitter splitter =
          new WordSplitter(
              new WordSplitter.Sink() {
                @Override
                public void word(String word, long at) {
                  int type = table.word(word);
                  extent.word(word);
                  span((int) at, (int) at + word.length());
                  accept(type);
                }

                @Override
                public void lineEnd(long at) {
                  int type = table.word(Vocabulary.END_OF_SENTENCE);
                  extent.lineEnd();
                  span((int) at, (int) Math.min(at + 1, text.length()));
                  accept(type);
                }
              },
              "the text");
      int at = begin(text);
      while (at < text.length()) {
        int codePoint = text.codePointAt(at);
        splitter.accept(codePoint, at);
        extent.read(codePoint);
        at += Character.charCount(codePoint);
      }
      extent.endText();
      splitter.endText(text.length());
      extent.finish();
    }

    void addSubwords(String text) {
      int begin = begin(text);
      SubwordTypes pieces =
          new SubwordTypes(
              table,
              vocabulary.tokenizer(),
              new SubwordTypes.Sink() {
                @Override
                public void piece(int type, long from, long to, long offset) {
                  span(begin + (int) from, begin + (int) to);
                  accept(type);
                }

                @Override
                public void gap(long bytes, long characters) {
                  Types.this.gap(bytes, characters);
                }
              });
      SubwordLines.each(text.substring(begin), pieces);
      pieces.finish();
    }

    private static int begin(String text) {
      return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? 1 : 0;
    }

    private void span(int from, int to) {
      start = from;
      end = to;
    }

    @Override
    public void accept(int type) {
      if (count == types.length) {
        types = Arrays.copyOf(types, 2 * count);
        starts = Arrays.copyOf(starts, 2 * count);
        ends = Arrays.copyOf(ends, 2 * count);
      }
      types[count] = type;
      starts[count] = start;
      ends[count++] = end;
    }

    @Override
    public void gap(long bytes, long characters) {
      if (gapCount == gaps.length) {
        gaps = Arrays.copyOf(gaps, 2 * gapCount);
      }
      gaps[gapCount++] = bytes;
      gaps[gapCount++] = characters;
      accept(GAP);
    }

    EncodedText encode(String text) {
      TextMeter meter =
          new TextMeter(
              vocabulary.level(),
              table.characterCounts(),
              table.byteCounts(),
              table.lineEnd(),
              false);
      int[] codes = new int[count];
      int size = 0;
      int gap = 0;
      int outside = vocabulary.size();
      for (int i = 0; i < count; i++) {
        int type = types[i];
        if (type == GAP) {
          meter.gap(gaps[gap++], gaps[gap++]);
          continue;
        }
        int code = type < vocabulary.size() ? type : -1;
        if (code < 0 && vocabulary.unknown() < 0) {
          meter.skip(type);
          continue;
        }
        meter.add(type, code < 0);
        starts[size] = starts[i];
        ends[size] = ends[i];
        codes[size++] = code < 0 ? outside : code;
      }
      long different =
          Arrays.stream(types, 0, count).filter(type -> type != GAP).distinct().count();
      return new EncodedText(
          text,
          vocabulary,
          Arrays.copyOf(codes, size),
          Arrays.copyOf(starts, size),
          Arrays.copyOf(ends, size),
          meter.finish(different));
    }
  }
}
