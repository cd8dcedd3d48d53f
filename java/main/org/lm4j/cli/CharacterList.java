package org.lm4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lm4j.text.Vocabulary;

/** Lists the characters a model knows: sorted, invisible ones by their numbers. */
final class CharacterList {
  /** The most characters that are listed; the others are only counted. */
  static final int MOST = 500;

  private static final int WIDTH = 79;

  private CharacterList() {}

  /**
   * Returns lines of at most 79 columns, the first with {@code title}.
   *
   * @param vocabulary of characters
   */
  static List<String> lines(String title, Vocabulary vocabulary) {
    List<String> characters =
        vocabulary.tokens().stream()
            .filter(token -> !token.equals(Vocabulary.UNKNOWN))
            .sorted((one, other) -> Integer.compare(one.codePointAt(0), other.codePointAt(0)))
            .toList();
    List<String> items = new ArrayList<>();
    for (String character : characters.subList(0, Math.min(MOST, characters.size()))) {
      items.add(shown(character.codePointAt(0), vocabulary));
    }
    if (characters.size() > MOST) {
      items.add(String.format(Locale.ROOT, "and %,d more", characters.size() - MOST));
    }
    return wrapped(title, items);
  }

  private static String shown(int codePoint, Vocabulary vocabulary) {
    String character = Character.toString(codePoint);
    return switch (Character.getType(codePoint)) {
      case Character.SPACE_SEPARATOR,
          Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.COMBINING_SPACING_MARK ->
          codePoint == ' ' ? "' '" : "\\u{%x}".formatted(codePoint);
      default -> vocabulary.escaped(vocabulary.id(character));
    };
  }

  private static List<String> wrapped(String title, List<String> items) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(title);
    int columns = title.length();
    for (String item : items) {
      int width = item.codePointCount(0, item.length());
      if (columns + 1 + width > WIDTH) {
        lines.add(line.toString());
        line.setLength(0);
        line.repeat(' ', title.length());
        columns = title.length();
      }
      line.append(' ').append(item);
      columns += 1 + width;
    }
    lines.add(line.toString());
    return lines;
  }
}
