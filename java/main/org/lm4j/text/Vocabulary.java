package org.lm4j.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.text.source.Escapes;
import org.lm4j.text.subword.SubwordTokenizer;

/**
 * The tokens a model knows, in order of their ids. Immutable.
 *
 * <p>A token's string is the character itself (char), the word itself (word), the Latin-1 character
 * of the byte (byte), or what the tokenizer's file writes (subword); {@link #text} is how it looks
 * in a text.
 */
public final class Vocabulary {
  /** The token for everything that is not in the vocabulary. */
  public static final String UNKNOWN = "<unk>";

  /** The token at each line end, at word level. */
  public static final String END_OF_SENTENCE = "<eos>";

  private static final Vocabulary BYTES =
      new Vocabulary(
          Level.BYTE,
          IntStream.range(0, 256).mapToObj(b -> String.valueOf((char) b)).toList(),
          null);

  private final Level level;
  private final List<String> tokens;
  private final Map<String, Integer> ids;
  private final @Nullable SubwordTokenizer tokenizer;
  private final int lineEnd;

  private Vocabulary(Level level, List<String> tokens, @Nullable SubwordTokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.level = level;
    this.tokens = List.copyOf(tokens);
    this.ids = HashMap.newHashMap(tokens.size());
    for (int id = 0; id < this.tokens.size(); id++) {
      Integer first = ids.putIfAbsent(this.tokens.get(id), id);
      if (first != null) {
        throw new InputException(
            String.format(
                "The vocabulary has the token '%s' twice, at %d and at %d; each token may occur only once.",
                Escapes.text(this.tokens.get(id)), first, id));
      }
    }
    this.lineEnd =
        switch (level) {
          case WORD -> id(END_OF_SENTENCE);
          case CHAR -> id("\n");
          case BYTE -> '\n';
          case SUBWORD -> tokenizer == null ? -1 : lineEnd(tokenizer);
        };
  }

  private static int lineEnd(SubwordTokenizer tokenizer) {
    int[] found = {0, -1};
    tokenizer.encode(
        "\n",
        (id, start, end, known) -> {
          found[0]++;
          found[1] = known && Arrays.equals(tokenizer.bytes(id), new byte[] {'\n'}) ? id : -1;
        });
    return found[0] == 1 ? found[1] : -1;
  }

  /**
   * Creates a vocabulary of these tokens.
   *
   * @param tokens in the order of their ids; at char level each one code point, or {@code <unk>}
   * @throws InputException when there are none, or one is empty, occurs twice, is not well-formed
   *     Unicode or does not fit the level
   */
  public static Vocabulary of(Level level, List<String> tokens) {
    if (tokens.isEmpty()) {
      throw new InputException("The vocabulary is empty; it needs at least one token.");
    }
    if (level == Level.BYTE) {
      if (!tokens.equals(BYTES.tokens)) {
        throw new InputException(
            "The vocabulary is not the 256 bytes in their order, which is the only one at byte"
                + " level.");
      }
      return BYTES;
    }
    if (level == Level.SUBWORD) {
      throw new InputException("A vocabulary of subwords needs its tokenizer.");
    }
    for (int id = 0; id < tokens.size(); id++) {
      check(level, id, tokens.get(id));
    }
    return new Vocabulary(level, tokens, null);
  }

  /**
   * Creates the vocabulary of a tokenizer of subwords.
   *
   * @throws InputException when a token occurs twice
   */
  public static Vocabulary of(SubwordTokenizer tokenizer) {
    return new Vocabulary(Level.SUBWORD, tokenizer.tokens(), tokenizer);
  }

  /** Returns the byte-level vocabulary: the 256 bytes. */
  public static Vocabulary bytes() {
    return BYTES;
  }

  private static void check(Level level, int id, String token) {
    if (token.isEmpty()) {
      throw new InputException("The token at " + id + " of the vocabulary is empty.");
    }
    boolean one = token.codePointCount(0, token.length()) == 1 || token.equals(UNKNOWN);
    if (level == Level.CHAR && !one) {
      throw new InputException(
          String.format(
              "The token '%s' at %d of the vocabulary is not one character, as char level needs"
                  + " it.",
              Escapes.text(token), id));
    }
    if (token.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) {
      throw new InputException(
          String.format(
              "The token '%s' at %d of the vocabulary has half a surrogate pair.",
              Escapes.text(token), id));
    }
  }

  /** Returns the level of the tokens. */
  public Level level() {
    return level;
  }

  /**
   * Returns the tokenizer.
   *
   * @throws IllegalStateException at other levels than that of subwords
   */
  public SubwordTokenizer tokenizer() {
    if (tokenizer == null) {
      throw new IllegalStateException("there is no tokenizer at level " + level.label());
    }
    return tokenizer;
  }

  /** Returns V, the number of tokens. */
  public int size() {
    return tokens.size();
  }

  /** Returns all tokens in the order of their ids. */
  public List<String> tokens() {
    return tokens;
  }

  /** Returns the token with an id in 0..V-1. */
  public String token(int id) {
    return tokens.get(id);
  }

  /**
   * Returns the token on one printable line; at byte level, bytes outside printable ASCII appear as
   * \xNN, and so do bytes of subwords that are not whole characters.
   */
  public String escaped(int id) {
    return switch (level) {
      case BYTE -> Escapes.octet(tokens.get(id).charAt(0));
      case SUBWORD -> isWhole(id) ? Escapes.text(text(id)) : text(id);
      case CHAR, WORD -> Escapes.text(tokens.get(id));
    };
  }

  /**
   * Returns the token as it looks in a text, with the white space that a subword brings along.
   * Bytes that are not whole characters appear as \xNN, at byte level all but printable ASCII.
   */
  public String text(int id) {
    return switch (level) {
      case BYTE -> escaped(id);
      case SUBWORD -> {
        byte[] bytes = tokenizer().bytes(id);
        if (isWhole(id)) {
          yield new String(bytes, StandardCharsets.UTF_8);
        }
        StringBuilder octets = new StringBuilder();
        for (byte octet : bytes) {
          octets.append(Escapes.octet(octet & 0xFF));
        }
        yield octets.toString();
      }
      case CHAR, WORD -> tokens.get(id);
    };
  }

  /** Returns whether a token is made of whole characters, as some bytes and subwords are not. */
  boolean isWhole(int id) {
    if (level != Level.SUBWORD) {
      return level != Level.BYTE || id < 0x80;
    }
    byte[] bytes = tokenizer().bytes(id);
    String decoded = new String(bytes, StandardCharsets.UTF_8);
    return decoded.indexOf('\uFFFD') < 0
        || Arrays.equals(decoded.getBytes(StandardCharsets.UTF_8), bytes);
  }

  /** Returns the id of a token, -1 if it is not in the vocabulary. */
  public int id(String token) {
    return ids.getOrDefault(token, -1);
  }

  /** Returns whether the token is in the vocabulary. */
  public boolean contains(String token) {
    return ids.containsKey(token);
  }

  /** Returns the id of {@code <unk>}, or of the unknown subword; -1 if there is none. */
  public int unknown() {
    return tokenizer == null ? id(UNKNOWN) : tokenizer.unknown();
  }

  /** Returns the id of {@code <eos>} at word level; -1 at other levels or if there is none. */
  public int endOfSentence() {
    return level == Level.WORD ? id(END_OF_SENTENCE) : -1;
  }

  /**
   * Returns the id of the token at each line end: {@code <eos>} at word level, else the newline; -1
   * if there is none.
   */
  public int lineEnd() {
    return lineEnd;
  }

  /**
   * Returns the tokens that end the word before them: those that begin with white space, and the
   * line end. Null at other levels, and for tokenizers whose tokens do not show where space is.
   */
  public @Nullable BitSet wordEnds() {
    if (tokenizer == null || !tokenizer.marksSpaces()) {
      return null;
    }
    BitSet ends = new BitSet(size());
    for (int id = 0; id < size(); id++) {
      String text = new String(tokenizer.bytes(id), StandardCharsets.UTF_8);
      ends.set(id, !text.isEmpty() && WordSplitter.isWhitespace(text.codePointAt(0)));
    }
    if (lineEnd >= 0) {
      ends.set(lineEnd);
    }
    return ends;
  }

  /**
   * Returns the ids of a prompt. Unknown characters and words become {@code <unk>}, including those
   * with an unpaired surrogate. At word level a newline becomes {@code <eos>}; nothing is added at
   * the end.
   *
   * @throws InputException when a character or word is not in the vocabulary and there is no {@code
   *     <unk>}, or the text has half a surrogate pair (byte, subword)
   */
  public int[] encode(String text) {
    return switch (level) {
      case BYTE -> encodeBytes(text);
      case CHAR -> text.codePoints().map(this::knownOrUnknown).toArray();
      case WORD -> Words.andLineEnds(text).stream().mapToInt(this::knownOrUnknown).toArray();
      case SUBWORD -> encodeSubwords(text);
    };
  }

  /**
   * Returns the distinct characters or words of a prompt that {@link #encode} turns into {@code
   * <unk>}, in printable form and in order of first appearance; none at byte level.
   */
  public List<String> unknownIn(String text) {
    Stream<String> tokens =
        switch (level) {
          case BYTE -> Stream.of();
          case CHAR -> text.codePoints().mapToObj(Character::toString);
          case WORD -> Words.andLineEnds(text).stream();
          case SUBWORD -> unknownPieces(text).stream();
        };
    return tokens
        .distinct()
        .filter(token -> level == Level.SUBWORD || !contains(token))
        .map(
            token ->
                level == Level.CHAR ? Escapes.named(token.codePointAt(0)) : Escapes.text(token))
        .toList();
  }

  private int knownOrUnknown(int codePoint) {
    int id = ids.getOrDefault(Character.toString(codePoint), unknown());
    if (id < 0) {
      throw new InputException(
          "The character "
              + Escapes.named(codePoint)
              + " is not in the model's vocabulary, which has no <unk> to stand for it; leave it"
              + " out, or see 'lm info' for those it knows.");
    }
    return id;
  }

  private int knownOrUnknown(String word) {
    int id = ids.getOrDefault(word, unknown());
    if (id < 0) {
      throw new InputException(
          "The word '"
              + Escapes.text(word)
              + "' is not in the model's vocabulary, which has no <unk> to stand for it; leave it"
              + " out.");
    }
    return id;
  }

  private int[] encodeSubwords(String text) {
    utf8(text); // refuses half a surrogate pair
    IntStream.Builder ids = IntStream.builder();
    SubwordLines.each(
        text,
        (line, _) ->
            tokenizer()
                .encode(
                    line,
                    (id, start, end, known) -> {
                      if (id < 0) {
                        throw new InputException(
                            "The text '"
                                + Escapes.text(line.substring(start, end))
                                + "' has no piece in the model's vocabulary, which has no token"
                                + " for unknown text; leave it out.");
                      }
                      ids.add(id);
                    }));
    return ids.build().toArray();
  }

  private List<String> unknownPieces(String text) {
    List<String> pieces = new ArrayList<>();
    SubwordLines.each(
        text,
        (line, _) ->
            tokenizer()
                .encode(
                    line,
                    (id, start, end, known) -> {
                      if (!known) {
                        pieces.add(line.substring(start, end));
                      }
                    }));
    return pieces;
  }

  private static ByteBuffer utf8(String text) {
    try {
      return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
    } catch (CharacterCodingException e) {
      throw new InputException(
          "The text '" + Escapes.text(text) + "' has half a surrogate pair; give whole characters.",
          e);
    }
  }

  private static int[] encodeBytes(String text) {
    ByteBuffer bytes = utf8(text);
    int[] encoded = new int[bytes.remaining()];
    for (int i = 0; i < encoded.length; i++) {
      encoded[i] = bytes.get() & 0xFF;
    }
    return encoded;
  }
}
