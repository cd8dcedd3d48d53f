package org.lm4j.text.subword;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that are found in a text before it is split, such as {@code <|endoftext|>}: the leftmost
 * first, the longest of those that begin in one place.
 */
final class AddedTokens {
  private static final int NONE = -1;

  /** One of them. */
  private record Added(
      String text, int id, boolean singleWord, boolean stripLeft, boolean stripRight) {}

  /** Receives the parts of a text: a token with its id, or text between, with the id -1. */
  @FunctionalInterface
  interface Sink {
    void part(int from, int to, int id);
  }

  private final Map<Character, List<Added>> byFirst = new HashMap<>();

  private AddedTokens() {}

  /**
   * Reads the tokens that are found in the text as it is, or those found after normalization.
   *
   * @param normalizer what happens to the text; the tokens are normalized too
   */
  static AddedTokens of(
      List<Spec> specs, boolean normalized, UnaryOperator<AlignedText> normalizer) {
    AddedTokens tokens = new AddedTokens();
    for (Spec spec : specs) {
      String content = spec.text("content");
      if (spec.flag("normalized", !spec.flag("special", false)) != normalized
          || content.isEmpty()) {
        continue;
      }
      String text = normalized ? normalizer.apply(AlignedText.of(content, 0)).text() : content;
      if (!text.isEmpty()) {
        Added added =
            new Added(
                text,
                spec.id(spec.fields().get("id"), "id"),
                spec.flag("single_word", false),
                spec.flag("lstrip", false),
                spec.flag("rstrip", false));
        tokens.byFirst.computeIfAbsent(text.charAt(0), _ -> new ArrayList<>()).add(added);
      }
    }
    tokens
        .byFirst
        .values()
        .forEach(list -> list.sort(Comparator.comparingInt(token -> -token.text.length())));
    return tokens;
  }

  boolean isEmpty() {
    return byFirst.isEmpty();
  }

  /** Returns whether white space beside a token becomes part of it. */
  boolean strip() {
    return byFirst.values().stream()
        .anyMatch(list -> list.stream().anyMatch(token -> token.stripLeft || token.stripRight));
  }

  void parts(String text, Sink sink) {
    int done = 0;
    for (int at = 0; at < text.length() && !byFirst.isEmpty(); ) {
      Added found = at(text, at);
      if (found == null) {
        at++;
        continue;
      }
      int start = at;
      int end = at + found.text.length();
      at = end;
      if (found.singleWord && !isSingleWord(text, start, end)) {
        continue;
      }
      while (found.stripLeft && start > done && Whitespace.is(text.charAt(start - 1))) {
        start--;
      }
      while (found.stripRight && end < text.length() && Whitespace.is(text.charAt(end))) {
        end++;
      }
      if (done < start) {
        sink.part(done, start, NONE);
      }
      sink.part(start, end, found.id);
      done = end;
      at = Math.max(at, end);
    }
    if (done < text.length()) {
      sink.part(done, text.length(), NONE);
    }
  }

  private @Nullable Added at(String text, int at) {
    List<Added> candidates = byFirst.get(text.charAt(at));
    if (candidates != null) {
      for (Added candidate : candidates) {
        if (text.startsWith(candidate.text, at)) {
          return candidate;
        }
      }
    }
    return null;
  }

  private static boolean isSingleWord(String text, int start, int end) {
    boolean before = start > 0 && PreTokenization.isWord(text.codePointBefore(start));
    boolean after = end < text.length() && PreTokenization.isWord(text.codePointAt(end));
    return !before && !after;
  }
}
