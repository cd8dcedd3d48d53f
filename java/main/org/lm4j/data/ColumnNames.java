package org.lm4j.data;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Recognises common column names in a table that has no other sign of a header. */
public final class ColumnNames {
  /** Names of the two sides of a pair, which are not translations of each other. */
  private static final Set<String> SIDES =
      Set.of("source", "src", "target", "tgt", "trg", "input", "output", "reference", "ref");

  /** Words that accompany a side or a language: {@code src_text}, {@code sentence_en}. */
  private static final Set<String> CONTENTS =
      Set.of(
          "text",
          "sentence",
          "sent",
          "string",
          "phrase",
          "segment",
          "line",
          "word",
          "words",
          "lang",
          "language",
          "original",
          "translation",
          "translated",
          "raw",
          "clean",
          "seq",
          "sequence");

  private static final Pattern BETWEEN = Pattern.compile("[\\s_.:-]+");
  private static final Pattern NUMBERED = Pattern.compile("(?i)\\p{L}+[\\s_.-]?[1-9]");
  private static final Pattern CODE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Set<String> WORDS =
      Set.of("word", "words", "token", "tokens", "term", "key", "index", "id", "name");
  private static final int MANY = 10; // so many consecutive numbers are not an accident

  private ColumnNames() {}

  /** Returns whether two cells name the sides of a pair, or two languages, in a few words. */
  static boolean ofPairs(String first, String second) {
    String one = first.strip().toLowerCase(Locale.ROOT);
    String other = second.strip().toLowerCase(Locale.ROOT);
    if (areNumbered(one, other)) {
      return true;
    }
    Set<String> ofOne = meant(one);
    Set<String> ofOther = meant(other);
    boolean several = BETWEEN.matcher(one).find() || SIDES.contains(one);
    return several && !ofOne.isEmpty() && !ofOther.isEmpty() && !ofOne.equals(ofOther);
  }

  /** Returns the sides and languages that a cell names; none if it has other words too. */
  private static Set<String> meant(String cell) {
    Set<String> meant = new HashSet<>();
    for (String part : BETWEEN.split(cell, -1)) {
      String language = LanguageNames.code(part);
      if (SIDES.contains(part)) {
        meant.add(part);
      } else if (language != null) {
        meant.add(language);
      } else if (!CONTENTS.contains(part)) {
        return Set.of();
      }
    }
    return meant;
  }

  /** Returns whether two cells are numbered, as {@code text1} and {@code text2}. */
  private static boolean areNumbered(String one, String other) {
    String stem = one.substring(0, Math.max(0, one.length() - 1));
    return NUMBERED.matcher(one).matches()
        && NUMBERED.matcher(other).matches()
        && other.startsWith(stem)
        && other.charAt(other.length() - 1) == one.charAt(one.length() - 1) + 1;
  }

  /** Returns whether a cell looks like an identifier. */
  static boolean isCode(String cell) {
    return CODE.matcher(cell.strip()).matches();
  }

  /** Returns whether a line has column numbers, as pandas writes them above vectors. */
  static boolean ofDimensions(String line) {
    List<String> fields = List.of(line.strip().split("[ \t]+", -1));
    boolean nameless = line.startsWith(" ") || line.startsWith("\t");
    int from = nameless ? 0 : 1;
    int dimension = fields.size() - from;
    boolean named = nameless || WORDS.contains(fields.getFirst().toLowerCase(Locale.ROOT));
    if (dimension < 3 || (dimension < MANY && !named)) {
      return false;
    }
    int first = fields.get(from).equals("0") ? 0 : 1;
    if (nameless && first == 1 && dimension < MANY) {
      return false; // a word may be white space
    }
    for (int i = 0; i < dimension; i++) {
      if (!fields.get(from + i).equals(Integer.toString(first + i))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns whether the words of a question are names numbered from 1: {@code word1 word2 word3
   * word4}.
   */
  public static boolean ofQuestions(List<String> words) {
    for (int i = 1; i < words.size(); i++) {
      if (!areNumbered(words.get(i - 1), words.get(i))) {
        return false;
      }
    }
    return words.getFirst().endsWith("1");
  }
}
