package org.lm4j.text.subword;

import org.jspecify.annotations.Nullable;

/**
 * The pieces of parts that were cut before. Bounded, and safe for any number of threads: a lost
 * entry is only computed again.
 */
final class PieceCache {
  private static final int LONGEST = 64; // characters of a part that is kept

  /** An entry; its fields are final, so that other threads see it whole. */
  private record Entry(String part, Pieces pieces) {}

  private final PieceModel model;
  private final @Nullable Entry[] entries;

  PieceCache(PieceModel model, int size) {
    this.model = model;
    this.entries = new @Nullable Entry[Integer.highestOneBit(size)];
  }

  /** Returns the pieces of a part of a text. */
  Pieces pieces(String text, int from, int to) {
    int length = to - from;
    if (length > LONGEST) {
      return model.cut(text.substring(from, to));
    }
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text.charAt(i);
    }
    hash *= 0x9E3779B9;
    int place = (hash ^ hash >>> 16) & (entries.length - 1);
    Entry entry = entries[place];
    if (entry != null
        && entry.part.length() == length
        && text.regionMatches(from, entry.part, 0, length)) {
      return entry.pieces;
    }
    String part = text.substring(from, to);
    Pieces pieces = model.cut(part);
    entries[place] = new Entry(part, pieces);
    return pieces;
  }
}
