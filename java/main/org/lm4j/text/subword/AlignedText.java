package org.lm4j.text.subword;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A text that was made from a part of another, each character with the part of the original that it
 * comes from. Immutable.
 */
final class AlignedText {
  private final String text;
  private final int offset; // in the arrays, or of the text in the original where there are none
  private final int @Nullable [] starts;
  private final int @Nullable [] ends;

  private AlignedText(String text, int offset, int @Nullable [] starts, int @Nullable [] ends) {
    this.text = text;
    this.offset = offset;
    this.starts = starts;
    this.ends = ends;
  }

  /** Returns a part of the original as it is, which begins there at {@code offset}. */
  static AlignedText of(String text, int offset) {
    return new AlignedText(text, offset, null, null);
  }

  String text() {
    return text;
  }

  boolean isEmpty() {
    return text.isEmpty();
  }

  /** Returns where in the original the character at an index begins. */
  int start(int index) {
    return starts == null ? offset + index : starts[offset + index];
  }

  /** Returns where in the original the character at an index ends. */
  int end(int index) {
    return ends == null ? offset + index + 1 : ends[offset + index];
  }

  /** Returns another text of the same length with the same places. */
  AlignedText withText(String other) {
    return new AlignedText(other, offset, starts, ends);
  }

  AlignedText slice(int from, int to) {
    return new AlignedText(text.substring(from, to), offset + from, starts, ends);
  }

  /** Makes a changed text from this one. */
  Builder edit() {
    return new Builder(this);
  }

  /** Makes a text, character by character. */
  static final class Builder {
    private final AlignedText from;
    private final StringBuilder text;
    private int[] starts;
    private int[] ends;

    private Builder(AlignedText from) {
      this.from = from;
      this.text = new StringBuilder(from.text.length() + 8);
      this.starts = new int[from.text.length() + 8];
      this.ends = new int[starts.length];
    }

    /** Adds a text that stands for characters {@code first} to {@code last}, exclusive. */
    void add(CharSequence replacement, int first, int last) {
      int start;
      int end;
      if (first < last) {
        start = from.start(first);
        end = from.end(last - 1);
      } else { // stands for nothing
        start = from.isEmpty() ? 0 : first > 0 ? from.end(first - 1) : from.start(0);
        end = start;
      }
      int size = text.length() + replacement.length();
      if (size > starts.length) {
        starts = Arrays.copyOf(starts, 2 * size);
        ends = Arrays.copyOf(ends, 2 * size);
      }
      Arrays.fill(starts, text.length(), size, start);
      Arrays.fill(ends, text.length(), size, end);
      text.append(replacement);
    }

    /** Adds characters {@code first} to {@code last}, exclusive, as they are. */
    void keep(int first, int last) {
      for (int i = first; i < last; i++) {
        add(from.text.substring(i, i + 1), i, i + 1);
      }
    }

    AlignedText build() {
      return new AlignedText(text.toString(), 0, starts, ends);
    }
  }
}
