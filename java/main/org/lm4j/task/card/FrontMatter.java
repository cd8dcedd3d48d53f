package org.lm4j.task.card;

import java.util.Collection;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lm4j.io.Json;

/**
 * Writes maps, lists, texts and numbers as the block of YAML before the text of a model card. Texts
 * are in double quotes with JSON's escapes, which YAML shares, so that none is read as a number, a
 * date or a truth value.
 */
final class FrontMatter {
  private static final String FENCE = "---\n";

  /** What JSON leaves as it is and YAML does not. */
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\x7f-\\x9f\\u2028\\u2029\\ufeff\\ufffe\\uffff]");

  private final StringBuilder out = new StringBuilder(FENCE);

  private FrontMatter() {}

  /** Returns the block with its fences; empty collections and null are left out. */
  static String of(Map<String, ? extends @Nullable Object> fields) {
    FrontMatter yaml = new FrontMatter();
    yaml.map(fields, 0);
    return yaml.out.append(FENCE).toString();
  }

  private void map(Map<?, ? extends @Nullable Object> fields, int depth) {
    boolean first = true;
    for (Map.Entry<?, ? extends @Nullable Object> field : fields.entrySet()) {
      Object value = field.getValue();
      if (value == null || (value instanceof Collection<?> many && many.isEmpty())) {
        continue;
      }
      if (!first || depth == 0) {
        indent(depth);
      }
      first = false;
      out.append(field.getKey()).append(':');
      switch (value) {
        case Map<?, ?> inner -> {
          out.append('\n');
          indent(depth + 1);
          map(inner, depth + 1);
        }
        case Collection<?> many -> {
          out.append('\n');
          list(many, depth);
        }
        default -> scalar(value);
      }
    }
  }

  private void list(Collection<?> values, int depth) {
    for (Object value : values) {
      indent(depth);
      out.append('-');
      if (value instanceof Map<?, ?> inner) {
        out.append(' ');
        map(inner, depth + 1);
      } else {
        scalar(value);
      }
    }
  }

  private void scalar(Object value) {
    out.append(' ');
    String text = Json.line(value);
    if (value instanceof Double) { // YAML 1.1 has no exponent without a sign
      text = text.replaceFirst("E(?=\\d)", "E+");
    }
    text.chars()
        .forEach(
            c -> {
              if (UNPRINTABLE.matcher(Character.toString(c)).matches()) {
                out.append("\\u%04x".formatted(c));
              } else {
                out.append((char) c);
              }
            });
    out.append('\n');
  }

  private void indent(int depth) {
    out.repeat("  ", depth);
  }
}
