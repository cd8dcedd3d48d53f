package org.lm4j.task.tag;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Interprets tags that mark spans. A tag is {@code O}, outside of all spans, or a mark and a type,
 * as {@code B-NP}. These marks are known:
 *
 * <ul>
 *   <li>{@code B}: a span begins;
 *   <li>{@code I}, in some data {@code M}: it continues;
 *   <li>{@code E} (BIOES, IOE) or {@code L} (BILUO): it ends with this token;
 *   <li>{@code S} (BIOES), {@code U} (BILUO) or {@code W}: this token alone is a span.
 * </ul>
 *
 * <p>Marks without a type, {@code B}, {@code I} and {@code O} alone, count where all tags are of
 * this form: their spans have the type {@code ""}.
 */
public final class SpanTags {
  /** The form of tags with types, which nearly all data have. */
  public static final SpanTags TYPED = new SpanTags(false, true);

  private static final String MARKS = "BIMELSUW";
  private static final String TELLING = "BIELSU"; // M-X and W-X alone may be anything
  private static final String OUTSIDE = "O";

  private final boolean bare;
  private final boolean any;

  private SpanTags(boolean bare, boolean any) {
    this.bare = bare;
    this.any = any;
  }

  /**
   * The meaning of a tag.
   *
   * @param kind {@code B}, {@code I}, {@code E} or {@code S}, regardless of the letter used in the
   *     data
   */
  record Mark(char kind, String type) {}

  /** Determines the form of these tags, which may repeat. */
  public static SpanTags of(Collection<String> tags) {
    boolean typed =
        tags.stream().anyMatch(tag -> isTyped(tag) && TELLING.indexOf(tag.charAt(0)) >= 0);
    boolean bare =
        !typed
            && tags.contains("B")
            && tags.stream().allMatch(tag -> isBare(tag) || tag.equals(OUTSIDE));
    return new SpanTags(bare, typed || bare);
  }

  /** Returns whether any of the tags marks a span. */
  public boolean any() {
    return any;
  }

  /** Returns whether a tag is {@code O} or marks a span. */
  public boolean isKnown(String tag) {
    return tag.equals(OUTSIDE) || mark(tag) != null;
  }

  /** Returns what a tag marks, or null if it is outside. */
  @Nullable Mark mark(String tag) {
    if (bare ? !isBare(tag) : !isTyped(tag)) {
      return null;
    }
    char kind =
        switch (tag.charAt(0)) {
          case 'M' -> 'I';
          case 'L' -> 'E';
          case 'U', 'W' -> 'S';
          default -> tag.charAt(0);
        };
    return new Mark(kind, bare ? "" : tag.substring(2));
  }

  private static boolean isTyped(String tag) {
    return tag.length() > 2 && tag.charAt(1) == '-' && MARKS.indexOf(tag.charAt(0)) >= 0;
  }

  private static boolean isBare(String tag) {
    return tag.length() == 1 && MARKS.indexOf(tag.charAt(0)) >= 0;
  }
}
