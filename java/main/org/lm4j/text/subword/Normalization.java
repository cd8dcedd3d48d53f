package org.lm4j.text.subword;

import java.text.Normalizer;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The normalizers of a tokenizer's file: what happens to a text before it is split. */
final class Normalization {
  /** The patterns of Replace whose meaning is the same in every regular expression language. */
  private static final List<String> PATTERNS = List.of("\\s+", " {2,}", "``", "''", "\\s", " +");

  private Normalization() {}

  /** Returns what a normalizer does. */
  static UnaryOperator<AlignedText> of(@Nullable Spec spec) {
    if (spec == null) {
      return UnaryOperator.identity();
    }
    return switch (spec.type()) {
      case "Sequence" -> sequence(spec.objects("normalizers"));
      case "NFC" -> text -> unicode(text, Normalizer.Form.NFC);
      case "NFD" -> text -> unicode(text, Normalizer.Form.NFD);
      case "NFKC" -> text -> unicode(text, Normalizer.Form.NFKC);
      case "NFKD" -> text -> unicode(text, Normalizer.Form.NFKD);
      case "Lowercase" -> Normalization::lowercase;
      case "StripAccents" -> text -> without(text, Normalization::isMark);
      case "Strip" -> strip(spec.flag("strip_left", true), spec.flag("strip_right", true));
      case "BertNormalizer" -> bert(spec);
      case "Prepend" -> prepend(spec.text("prepend"));
      case "Replace" -> replace(spec);
      default -> throw spec.unsupported("the normalizer " + spec.type());
    };
  }

  private static UnaryOperator<AlignedText> sequence(List<Spec> specs) {
    List<UnaryOperator<AlignedText>> steps = specs.stream().map(Normalization::of).toList();
    return text -> {
      AlignedText result = text;
      for (UnaryOperator<AlignedText> step : steps) {
        result = step.apply(result);
      }
      return result;
    };
  }

  private static AlignedText unicode(AlignedText text, Normalizer.Form form) {
    String whole = text.text();
    if (Normalizer.isNormalized(whole, form)) {
      return text;
    }
    AlignedText.Builder parts = text.edit();
    int begin = 0;
    for (int at = 0; at < whole.length(); ) {
      int next = at + Character.charCount(whole.codePointAt(at));
      if (next == whole.length() || beginsPart(whole.codePointAt(next))) {
        parts.add(Normalizer.normalize(whole.substring(begin, next), form), begin, next);
        begin = next;
      }
      at = next;
    }
    AlignedText result = parts.build();
    String expected = Normalizer.normalize(whole, form);
    if (!result.text().equals(expected)) { // characters that combine in ways not known here
      AlignedText.Builder one = text.edit();
      one.add(expected, 0, whole.length());
      return one.build();
    }
    return result;
  }

  /** Returns whether a character does not combine with those before it. */
  private static boolean beginsPart(int c) {
    boolean jamo = (c >= 0x1100 && c <= 0x11FF) || (c >= 0xA960 && c <= 0xA97F) || c >= 0xD7B0;
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.MODIFIER_LETTER,
          Character.MODIFIER_SYMBOL ->
          false;
      default -> !(jamo && c <= 0xD7FF);
    };
  }

  private static boolean isMark(int c) {
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK ->
          true;
      default -> false;
    };
  }

  private static AlignedText lowercase(AlignedText text) {
    AlignedText.Builder lower = text.edit();
    String all = text.text();
    int next;
    for (int at = 0; at < all.length(); at = next) {
      int c = all.codePointAt(at);
      next = at + Character.charCount(c);
      // U+0130 is the one letter whose small letter is two characters, whatever stands beside it
      String small = c == 0x130 ? "i\u0307" : Character.toString(Character.toLowerCase(c));
      lower.add(small, at, next);
    }
    return lower.build();
  }

  private static AlignedText without(AlignedText text, IntPredicate dropped) {
    String all = text.text();
    if (all.codePoints().noneMatch(dropped)) {
      return text;
    }
    AlignedText.Builder rest = text.edit();
    int next;
    for (int at = 0; at < all.length(); at = next) {
      int c = all.codePointAt(at);
      next = at + Character.charCount(c);
      if (!dropped.test(c)) {
        rest.keep(at, next);
      }
    }
    return rest.build();
  }

  private static UnaryOperator<AlignedText> strip(boolean left, boolean right) {
    return text -> {
      String all = text.text();
      int from = 0;
      int to = all.length(); // white space is never a surrogate
      while (left && from < to && Whitespace.is(all.charAt(from))) {
        from++;
      }
      while (right && from < to && Whitespace.is(all.charAt(to - 1))) {
        to--;
      }
      return text.slice(from, to);
    };
  }

  private static UnaryOperator<AlignedText> prepend(String prefix) {
    return text -> {
      if (text.isEmpty()) {
        return text;
      }
      AlignedText.Builder longer = text.edit();
      longer.add(prefix, 0, 0);
      longer.keep(0, text.text().length());
      return longer.build();
    };
  }

  private static UnaryOperator<AlignedText> replace(Spec spec) {
    String content = spec.text("content");
    Spec pattern = spec.object("pattern");
    SplitPattern found = SplitPattern.of(pattern, PATTERNS, "the normalizer Replace");
    return text -> {
      AlignedText.Builder replaced = text.edit();
      found.parts(
          text.text(),
          (from, to, matches) -> {
            if (matches) {
              replaced.add(content, from, to);
            } else {
              replaced.keep(from, to);
            }
          });
      return replaced.build();
    };
  }

  private static UnaryOperator<AlignedText> bert(Spec spec) {
    boolean clean = spec.flag("clean_text", true);
    boolean chinese = spec.flag("handle_chinese_chars", true);
    boolean lower = spec.flag("lowercase", true);
    boolean strip = spec.flag("strip_accents", lower);
    return text -> {
      AlignedText result = clean ? clean(text) : text;
      result = chinese ? spaceIdeographs(result) : result;
      if (strip) {
        result =
            without(
                unicode(result, Normalizer.Form.NFD),
                c -> Character.getType(c) == Character.NON_SPACING_MARK);
      }
      return lower ? lowercase(result) : result;
    };
  }

  private static AlignedText clean(AlignedText text) {
    AlignedText kept = without(text, c -> c == 0 || c == 0xFFFD || isControl(c));
    AlignedText.Builder spaced = kept.edit();
    String all = kept.text();
    for (int at = 0; at < all.length(); at++) {
      if (Whitespace.is(all.charAt(at))) {
        spaced.add(" ", at, at + 1);
      } else {
        spaced.keep(at, at + 1);
      }
    }
    return spaced.build();
  }

  private static boolean isControl(int c) {
    if (c == '\t' || c == '\n' || c == '\r') {
      return false;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }

  private static AlignedText spaceIdeographs(AlignedText text) {
    String all = text.text();
    if (all.codePoints().noneMatch(Normalization::isIdeograph)) {
      return text;
    }
    AlignedText.Builder spaced = text.edit();
    int next;
    for (int at = 0; at < all.length(); at = next) {
      int c = all.codePointAt(at);
      next = at + Character.charCount(c);
      if (isIdeograph(c)) {
        spaced.add(" ", at, at);
        spaced.keep(at, next);
        spaced.add(" ", next, next);
      } else {
        spaced.keep(at, next);
      }
    }
    return spaced.build();
  }

  /** Returns whether BERT puts spaces around a character. */
  private static boolean isIdeograph(int c) {
    return (c >= 0x4E00 && c <= 0x9FFF)
        || (c >= 0x3400 && c <= 0x4DBF)
        || (c >= 0x20000 && c <= 0x2A6DF)
        || (c >= 0x2A700 && c <= 0x2B73F)
        || (c >= 0x2B740 && c <= 0x2B81F)
        || (c >= 0x2B920 && c <= 0x2CEAF)
        || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0x2F800 && c <= 0x2FA1F);
  }
}
