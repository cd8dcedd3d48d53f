package org.lm4j.text.subword;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The pre-tokenizers of a tokenizer's file: how a text is split into the parts that its model cuts
 * into pieces.
 *
 * @param steps in their order
 * @param byteLevel whether the parts are given to the model as the bytes of UTF-8
 * @param keepsText whether the parts together are the text
 */
record PreTokenization(List<Step> steps, boolean byteLevel, boolean keepsText) {
  /** What becomes of the matches of a pattern. */
  private enum Behavior {
    REMOVED,
    ISOLATED,
    MERGED_WITH_PREVIOUS,
    MERGED_WITH_NEXT,
    CONTIGUOUS
  }

  /** When a space is put before a text. */
  enum Prefix {
    ALWAYS,
    FIRST
  }

  /** One step. */
  @FunctionalInterface
  interface Step {
    void split(AlignedText part, List<AlignedText> parts);
  }

  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final String GPT4 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|%s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
          + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final String GPT4O =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
          + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
          + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
          + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  /** The regular expressions of Split that mean the same in Java: those of GPT-2, 4, 4o and kin. */
  private static final List<String> PATTERNS =
      List.of(
          GPT2,
          GPT4.formatted("\\p{N}{1,3}"),
          GPT4.formatted("\\p{N}{1,2}"),
          GPT4.formatted("\\p{N}"),
          GPT4O,
          "\\s+",
          "\\s",
          "\\n",
          "\\p{N}{1,3}",
          "\\p{N}",
          "\\d");

  /** Reads the pre-tokenizer of a file. */
  static PreTokenization of(@Nullable Spec spec) {
    List<Step> steps = new ArrayList<>();
    List<Spec> specs = new ArrayList<>();
    flatten(spec, specs);
    boolean byteLevel = false;
    boolean keepsText = true;
    for (Spec each : specs) {
      if (byteLevel) {
        throw each.unsupported("the pre-tokenizer %s after ByteLevel".formatted(each.type()));
      }
      byteLevel = each.type().equals("ByteLevel");
      Prefix prefix = prefix(each);
      keepsText &= prefix == null && keepsText(each);
      add(each, prefix, steps);
    }
    return new PreTokenization(List.copyOf(steps), byteLevel, keepsText);
  }

  private static boolean keepsText(Spec spec) {
    return switch (spec.type()) {
      case "ByteLevel", "Digits" -> true;
      case "Split", "Punctuation" -> behavior(spec, "Isolated") != Behavior.REMOVED;
      default -> false;
    };
  }

  private static void flatten(@Nullable Spec spec, List<Spec> specs) {
    if (spec == null) {
      return;
    }
    if (spec.type().equals("Sequence")) {
      spec.objects("pretokenizers").forEach(each -> flatten(each, specs));
    } else {
      specs.add(spec);
    }
  }

  private static void add(Spec spec, @Nullable Prefix prefix, List<Step> steps) {
    switch (spec.type()) {
      case "ByteLevel" -> {
        if (prefix != null) {
          steps.add((part, parts) -> parts.add(prefixed(part, ' ', prefix)));
        }
        if (spec.flag("use_regex", true)) {
          steps.add(splitting(SplitPattern.gpt2(), Behavior.ISOLATED, false));
        }
      }
      case "Metaspace" -> {
        char mark = character(spec, "replacement", '\u2581');
        steps.add((part, parts) -> parts.add(prefixed(marked(part, mark), mark, prefix)));
        if (spec.flag("split", true)) {
          SplitPattern marks = SplitPattern.characters(c -> c == mark);
          steps.add(splitting(marks, Behavior.MERGED_WITH_NEXT, false));
        }
      }
      case "Whitespace" -> steps.add(PreTokenization::wordsAndSymbols);
      case "WhitespaceSplit" ->
          steps.add(splitting(SplitPattern.characters(Whitespace::is), Behavior.REMOVED, false));
      case "BertPreTokenizer" -> {
        steps.add(splitting(SplitPattern.characters(Whitespace::is), Behavior.REMOVED, false));
        steps.add(
            splitting(
                SplitPattern.characters(PreTokenization::isPunctuation), Behavior.ISOLATED, false));
      }
      case "Punctuation" ->
          steps.add(
              splitting(
                  SplitPattern.characters(PreTokenization::isPunctuation),
                  behavior(spec, "Isolated"),
                  false));
      case "Digits" ->
          steps.add(
              splitting(
                  SplitPattern.characters(PreTokenization::isNumber),
                  spec.flag("individual_digits", false) ? Behavior.ISOLATED : Behavior.CONTIGUOUS,
                  false));
      case "CharDelimiterSplit" -> {
        char delimiter = character(spec, "delimiter", ' ');
        steps.add(splitting(SplitPattern.characters(c -> c == delimiter), Behavior.REMOVED, false));
      }
      case "Split" -> steps.add(split(spec));
      default -> throw spec.unsupported("the pre-tokenizer " + spec.type());
    }
  }

  private static Step split(Spec spec) {
    Spec pattern = spec.object("pattern");
    boolean gpt2 = GPT2.equals(pattern.textOrNull("Regex"));
    SplitPattern found =
        gpt2 ? SplitPattern.gpt2() : SplitPattern.of(pattern, PATTERNS, "the pre-tokenizer Split");
    return splitting(found, behavior(spec, "Isolated"), spec.flag("invert", false));
  }

  private static char character(Spec spec, String name, char otherwise) {
    String text = spec.textOrNull(name);
    if (text != null && text.length() != 1) {
      throw spec.unsupported("the %s '%s' in %s".formatted(name, text, spec.type()));
    }
    return text == null ? otherwise : text.charAt(0);
  }

  private static Behavior behavior(Spec spec, String otherwise) {
    String named = spec.textOrNull("behavior");
    for (Behavior behavior : Behavior.values()) {
      String name = behavior.name().replace("_", "").toLowerCase(Locale.ROOT);
      if (name.equals((named == null ? otherwise : named).toLowerCase(Locale.ROOT))) {
        return behavior;
      }
    }
    throw spec.unsupported("the behavior %s of %s".formatted(named, spec.type()));
  }

  private static @Nullable Prefix prefix(Spec spec) {
    return switch (spec.type()) {
      case "ByteLevel" -> spec.flag("add_prefix_space", true) ? Prefix.ALWAYS : null;
      case "Metaspace" -> {
        String scheme = spec.textOrNull("prepend_scheme");
        if (scheme == null) {
          yield spec.flag("add_prefix_space", true) ? Prefix.ALWAYS : null;
        }
        yield switch (scheme) {
          case "always" -> Prefix.ALWAYS;
          case "first" -> Prefix.FIRST;
          case "never" -> null;
          default -> throw spec.unsupported("the prepend_scheme %s".formatted(scheme));
        };
      }
      default -> null;
    };
  }

  private static AlignedText marked(AlignedText part, char mark) {
    return part.withText(part.text().replace(' ', mark));
  }

  private static AlignedText prefixed(AlignedText part, char prefix, @Nullable Prefix when) {
    boolean wanted =
        when == Prefix.ALWAYS || (when == Prefix.FIRST && !part.isEmpty() && part.start(0) == 0);
    if (!wanted || (!part.isEmpty() && part.text().charAt(0) == prefix)) {
      return part;
    }
    AlignedText.Builder longer = part.edit();
    longer.add(String.valueOf(prefix), 0, 0);
    longer.keep(0, part.text().length());
    return longer.build();
  }

  /** Splits as the pattern {@code \w+|[^\w\s]+} finds. */
  private static void wordsAndSymbols(AlignedText part, List<AlignedText> parts) {
    String text = part.text();
    int begin = 0;
    int kind = -1;
    int next;
    for (int at = 0; at < text.length(); at = next) {
      int c = text.codePointAt(at);
      next = at + Character.charCount(c);
      int other = isWord(c) ? 0 : Whitespace.is(c) ? 1 : 2;
      if (other != kind) {
        if (at > 0 && kind != 1) {
          parts.add(part.slice(begin, at));
        }
        begin = at;
        kind = other;
      }
    }
    if (begin < text.length() && kind != 1) {
      parts.add(part.slice(begin, text.length()));
    }
  }

  private static Step splitting(SplitPattern pattern, Behavior behavior, boolean inverted) {
    return (part, parts) -> {
      List<int[]> cuts = new ArrayList<>(); // from, to, and 1 for a match
      pattern.parts(
          part.text(),
          (from, to, matches) -> cuts.add(new int[] {from, to, matches != inverted ? 1 : 0}));
      List<int[]> kept =
          switch (behavior) {
            case ISOLATED -> cuts;
            case REMOVED -> cuts.stream().filter(cut -> cut[2] == 0).toList();
            case CONTIGUOUS -> contiguous(cuts);
            case MERGED_WITH_PREVIOUS -> mergedWithPrevious(cuts);
            case MERGED_WITH_NEXT -> mergedWithNext(cuts);
          };
      kept.forEach(cut -> parts.add(part.slice(cut[0], cut[1])));
    };
  }

  private static List<int[]> contiguous(List<int[]> cuts) {
    List<int[]> joined = new ArrayList<>();
    for (int[] cut : cuts) {
      if (!joined.isEmpty() && joined.getLast()[2] == cut[2]) {
        joined.getLast()[1] = cut[1];
      } else {
        joined.add(cut);
      }
    }
    return joined;
  }

  /** Joins the first of neighbouring matches to the part before it. */
  private static List<int[]> mergedWithPrevious(List<int[]> cuts) {
    List<int[]> joined = new ArrayList<>();
    boolean afterMatch = false;
    for (int[] cut : cuts) {
      boolean match = cut[2] == 1;
      if (match && !afterMatch && !joined.isEmpty()) {
        joined.getLast()[1] = cut[1];
      } else {
        joined.add(cut);
      }
      afterMatch = match;
    }
    return joined;
  }

  /** Joins the last of neighbouring matches to the part after it. */
  private static List<int[]> mergedWithNext(List<int[]> cuts) {
    List<int[]> joined = new ArrayList<>();
    boolean beforeMatch = false;
    for (int[] cut : cuts.reversed()) {
      boolean match = cut[2] == 1;
      if (match && !beforeMatch && !joined.isEmpty()) {
        joined.getLast()[0] = cut[0];
      } else {
        joined.add(cut);
      }
      beforeMatch = match;
    }
    return joined.reversed();
  }

  static boolean isWord(int c) {
    if (Character.isAlphabetic(c) || c == 0x200C || c == 0x200D) {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.DECIMAL_DIGIT_NUMBER,
          Character.CONNECTOR_PUNCTUATION ->
          true;
      default -> false;
    };
  }

  private static boolean isPunctuation(int c) {
    if (c < 0x80) {
      return (c >= '!' && c <= '/')
          || (c >= ':' && c <= '@')
          || (c >= '[' && c <= '`')
          || (c >= '{' && c <= '~');
    }
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      default -> false;
    };
  }

  private static boolean isNumber(int c) {
    return switch (Character.getType(c)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }
}
