package org.lm4j.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.subword.SubwordTokenizer;

/**
 * Numbers the different token texts (types) by first appearance. The types of a given vocabulary,
 * if there is one, come first, in its order. Memory grows with the number of different types, not
 * with the text.
 */
final class TypeTable {
  private static final int PAGE = 1 << 8;

  private final Level level;
  private final int given;
  private final @Nullable Vocabulary vocabulary;
  private final List<String> types = new ArrayList<>();
  private final Map<String, Integer> ids = new HashMap<>();
  // By code point: page, place; numbers are stored plus one, so that 0 is free.
  private final int[][] characters = new int[(Character.MAX_CODE_POINT + 1) / PAGE][];

  private TypeTable(Level level, List<String> given, @Nullable Vocabulary vocabulary) {
    this.level = level;
    this.given = given.size();
    this.vocabulary = vocabulary;
    given.forEach(this::add);
  }

  /** Creates an empty table, for a vocabulary that is still to be built. */
  static TypeTable growing(Level level) {
    return new TypeTable(
        level, level == Level.BYTE ? Vocabulary.bytes().tokens() : List.of(), null);
  }

  /** Creates a table for a given vocabulary: numbers below V are its ids. */
  static TypeTable of(Vocabulary vocabulary) {
    return new TypeTable(vocabulary.level(), vocabulary.tokens(), vocabulary);
  }

  /** Returns the given vocabulary, null for one that is still to be built. */
  @Nullable Vocabulary vocabulary() {
    return vocabulary;
  }

  /** Returns how many numbers belong to the given vocabulary. */
  int given() {
    return given;
  }

  int size() {
    return types.size();
  }

  String text(int type) {
    return types.get(type);
  }

  /** Returns all texts in the order of their numbers. */
  List<String> texts() {
    return types;
  }

  /** Returns the number of a word, or of text that is no subword. */
  int word(String text) {
    Integer known = ids.get(text);
    return known != null ? known : add(text);
  }

  /** Returns the number of a character. */
  int character(int codePoint) {
    int[] page = characters[codePoint / PAGE];
    int known = page == null ? 0 : page[codePoint % PAGE];
    return known != 0 ? known - 1 : add(Character.toString(codePoint));
  }

  /** Returns the number of Unicode code points of each type's text, as counted at its level. */
  int[] characterCounts() {
    return IntStream.range(0, size()).map(this::characterCount).toArray();
  }

  int characterCount(int type) {
    if (isSubword(type)) {
      return tokenizer().characters(type);
    }
    String text = text(type);
    return isLineEnd(type) ? 1 : text.codePointCount(0, text.length()) + separator();
  }

  /**
   * Returns the number of bytes of each type's text, as counted at its level: UTF-8 except at byte
   * level.
   */
  int[] byteCounts() {
    return IntStream.range(0, size()).map(this::byteCount).toArray();
  }

  int byteCount(int type) {
    if (isSubword(type)) {
      return tokenizer().bytes(type).length;
    }
    if (level == Level.BYTE || isLineEnd(type)) {
      return 1;
    }
    return text(type).codePoints().map(TypeTable::utf8Length).sum() + separator();
  }

  private boolean isSubword(int type) {
    return level == Level.SUBWORD && type < given;
  }

  private SubwordTokenizer tokenizer() {
    return Objects.requireNonNull(vocabulary).tokenizer();
  }

  private int separator() {
    return level == Level.WORD ? 1 : 0;
  }

  /** Returns the number of {@code <eos>}, or -1 if no line has ended. */
  int lineEnd() {
    return level == Level.WORD ? ids.getOrDefault(Vocabulary.END_OF_SENTENCE, -1) : -1;
  }

  private boolean isLineEnd(int type) {
    return level == Level.WORD && text(type).equals(Vocabulary.END_OF_SENTENCE);
  }

  static int utf8Length(int codePoint) {
    return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }

  private int add(String text) {
    int type = types.size();
    types.add(text);
    if (level == Level.WORD || (level == Level.SUBWORD && type >= given)) {
      ids.put(text, type);
    } else if (level == Level.SUBWORD) {
      return type; // a token's name is not its text
    } else if (text.codePointCount(0, text.length()) == 1) {
      int codePoint = text.codePointAt(0);
      int[] page = characters[codePoint / PAGE];
      if (page == null) {
        page = new int[PAGE];
        characters[codePoint / PAGE] = page;
      }
      page[codePoint % PAGE] = type + 1;
    }
    return type;
  }
}
