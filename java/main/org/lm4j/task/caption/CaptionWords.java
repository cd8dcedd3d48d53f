package org.lm4j.task.caption;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Splits captions into words, for both training and scoring. Words are in lower case; a word is the
 * longest run of letters, marks and digits, in which apostrophes and hyphens between two of them
 * stay; everything else, punctuation included, only separates.
 *
 * <p>coco-caption uses the Penn Treebank tokenizer of Stanford instead. The two agree except for
 * clitics ({@code man's} is {@code man 's} there), abbreviations ({@code p.m.}), numbers with
 * points and symbols; scores of texts that have many of these differ in the third digit.
 */
public final class CaptionWords {
  private CaptionWords() {}

  /** Returns the words in order; none for a text without letters and digits. */
  public static List<String> of(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    List<String> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i < lower.length(); ) {
      int codePoint = lower.codePointAt(i);
      int end = i + Character.charCount(codePoint);
      if (isWord(codePoint)) {
        start = start < 0 ? i : start;
      } else if (start >= 0 && !joins(codePoint, lower, end)) {
        words.add(straight(lower.substring(start, i)));
        start = -1;
      }
      i = end;
    }
    if (start >= 0) {
      words.add(straight(lower.substring(start)));
    }
    return List.copyOf(words);
  }

  private static boolean isWord(int codePoint) {
    return Character.isLetterOrDigit(codePoint)
        || Character.getType(codePoint) == Character.NON_SPACING_MARK
        || Character.getType(codePoint) == Character.COMBINING_SPACING_MARK;
  }

  /** Returns whether an apostrophe or hyphen after a word has a word after it too. */
  private static boolean joins(int codePoint, String text, int after) {
    return (codePoint == '\'' || codePoint == '\u2019' || codePoint == '-')
        && after < text.length()
        && isWord(text.codePointAt(after));
  }

  private static String straight(String word) {
    return word.replace('\u2019', '\'');
  }
}
