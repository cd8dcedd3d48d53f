package org.lm4j.task.card;

import java.util.regex.Pattern;

/** Puts the words of users, such as names of files, into Markdown, where they show as they are. */
final class Markdown {
  /** Punctuation that begins something: emphasis, code, a link, an entity, a heading, a cell. */
  private static final Pattern MARKS = Pattern.compile("[\\\\`*\\[\\]&|~#$]");

  /** Underscores that may be emphasis: all but those inside a word. */
  private static final Pattern UNDERSCORE =
      Pattern.compile("(?<![\\p{L}\\p{N}])_|_(?![\\p{L}\\p{N}])");

  private Markdown() {}

  /** Returns a text as it can stand in a paragraph, a heading or a cell of a table. */
  static String text(String text) {
    String marked = MARKS.matcher(line(text)).replaceAll("\\\\$0");
    return UNDERSCORE.matcher(marked).replaceAll("\\\\_").replace("<", "&lt;");
  }

  /** Returns a word as code, or as other text if it would not stay in it. */
  static String code(String word) {
    return word.matches("\\w+") ? "`" + word + "`" : text(word);
  }

  /** Returns a text as one line of a block of code, in which no other character has a meaning. */
  static String line(String text) {
    return text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", " ");
  }
}
