package org.lm4j.text.subword;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts a text into parts that match and parts between them. */
@FunctionalInterface
interface SplitPattern {
  /** Receives the parts in their order; none is empty. */
  @FunctionalInterface
  interface Sink {
    void part(int from, int to, boolean matches);
  }

  void parts(String text, Sink sink);

  /** Matches each character that a predicate accepts by itself. */
  static SplitPattern characters(IntPredicate wanted) {
    return (text, sink) -> {
      int begin = 0;
      int next;
      for (int at = 0; at < text.length(); at = next) {
        int c = text.codePointAt(at);
        next = at + Character.charCount(c);
        if (wanted.test(c)) {
          if (begin < at) {
            sink.part(begin, at, false);
          }
          sink.part(at, next, true);
          begin = next;
        }
      }
      if (begin < text.length()) {
        sink.part(begin, text.length(), false);
      }
    };
  }

  /** Matches what a regular expression of Java finds, with Unicode's classes of characters. */
  static SplitPattern regex(Pattern pattern) {
    return (text, sink) -> {
      Matcher matcher = pattern.matcher(text);
      int begin = 0;
      while (matcher.find()) {
        if (begin < matcher.start()) {
          sink.part(begin, matcher.start(), false);
        }
        if (matcher.start() < matcher.end()) {
          sink.part(matcher.start(), matcher.end(), true);
        }
        begin = matcher.end();
      }
      if (begin < text.length()) {
        sink.part(begin, text.length(), false);
      }
    };
  }

  /** Matches what the splitter of GPT-2 finds, which is everything. */
  static SplitPattern gpt2() {
    return (text, sink) -> {
      int next;
      for (int at = 0; at < text.length(); at = next) {
        next = GptSplitter.end(text, at, text.length());
        sink.part(at, next, true);
      }
    };
  }

  /**
   * Reads a pattern of a tokenizer's file.
   *
   * @param known the regular expressions that mean the same here
   * @param user what has the pattern, for messages
   */
  static SplitPattern of(Spec pattern, List<String> known, String user) {
    String literal = pattern.textOrNull("String");
    if (literal != null) {
      return regex(Pattern.compile(literal, Pattern.LITERAL));
    }
    String regex = pattern.text("Regex");
    if (!known.contains(regex)) {
      throw pattern.unsupported(user + " with the pattern " + regex);
    }
    return regex(Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS));
  }
}
