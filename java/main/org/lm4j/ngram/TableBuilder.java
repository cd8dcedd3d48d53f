package org.lm4j.ngram;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds a table length by length, from n-grams in ascending order. What is complete lies in
 * temporary files, mapped into memory, so that the heap does not grow with the number of n-grams.
 */
final class TableBuilder implements AutoCloseable {
  private static final MemorySegment NONE = MemorySegment.NULL;

  private final int order;
  private final @Nullable Path folder;
  private final Arena arena = Arena.ofShared();
  private final List<NgramLevel> levels = new ArrayList<>(); // complete but for their backoffs
  private final List<Column> backoffs = new ArrayList<>(); // by length, from 1
  private @Nullable Next next;
  private boolean handedOver;

  /** The level that is being written, and the columns of the one before that it completes. */
  private static final class Next implements AutoCloseable {
    final Column words;
    final Column logs;
    final Column first; // of the level before

    Next(@Nullable Path folder) {
      this.words = new Column(folder);
      this.logs = new Column(folder);
      this.first = new Column(folder);
    }

    /** Notes where the continuations of all n-grams up to an index begin. */
    void reach(int node) {
      while (first.size() <= node) {
        first.add(size());
      }
    }

    int size() {
      return Math.toIntExact(words.size());
    }

    @Override
    public void close() {
      words.close();
      logs.close();
      first.close();
    }
  }

  /**
   * Begins a table.
   *
   * @param folder for temporary files; null for the system's
   */
  TableBuilder(int order, @Nullable Path folder) {
    this.order = order;
    this.folder = folder;
  }

  /** Adds the first level: the natural logarithms of the probabilities of all single tokens. */
  void singles(double[] logs) {
    try (Column column = new Column(folder)) {
      for (double log : logs) {
        column.add(log);
      }
      complete(new NgramLevel(logs.length, NONE, column.map(arena), NONE, NONE, true));
    }
  }

  private void complete(NgramLevel level) {
    levels.add(level);
    if (levels.size() < order) {
      next = new Next(folder);
    }
  }

  /** Returns the length of the n-grams that are added next. */
  int length() {
    return levels.size() + 1;
  }

  private Next next() {
    Next level = next;
    if (level == null) {
      throw new IllegalStateException("all levels are complete");
    }
    return level;
  }

  /**
   * Moves to the n-grams that continue an n-gram of the last level.
   *
   * @param node its index, not below that of the last call
   */
  void parent(int node) {
    next().reach(node);
  }

  /** Adds an n-gram that continues the one at the last {@link #parent}; returns its index. */
  int add(int token, double log) {
    Next level = next();
    if (level.words.size() == Integer.MAX_VALUE - 1) {
      throw new IllegalArgumentException(
          "there are more than 2^31 n-grams of length %d: prune them, or take a lower order"
              .formatted(length()));
    }
    level.words.add(token);
    level.logs.add(log);
    return level.size() - 1;
  }

  /** Completes the level whose n-grams were added. */
  void endLevel() {
    Next level = next();
    next = null;
    try (level) {
      NgramLevel before = levels.removeLast();
      level.reach(before.count());
      MemorySegment first = level.first.map(arena);
      levels.add(new NgramLevel(before.count(), before.words(), before.logs(), NONE, first, true));
      int size = level.size();
      complete(
          new NgramLevel(size, level.words.map(arena), level.logs.map(arena), NONE, NONE, true));
    }
  }

  /**
   * Sets the weight for backing off of an n-gram, whether its level is complete or not. The
   * logarithms of those between it and the one of the call before are 0.
   *
   * @param length of the n-gram, below the order
   * @param node its index, above that of the last call for the length
   * @param log the natural logarithm
   */
  void backoff(int length, int node, double log) {
    Column column = backoffs(length);
    fill(column, node);
    column.add(log);
  }

  private Column backoffs(int length) {
    while (backoffs.size() < length) {
      backoffs.add(new Column(folder));
    }
    return backoffs.get(length - 1);
  }

  private static void fill(Column column, long size) {
    while (column.size() < size) {
      column.add(0.0);
    }
  }

  /**
   * Returns the index of an n-gram in a complete level; -1 if it is not there.
   *
   * @param tokens holds the n-gram
   * @param from where it begins
   */
  int find(int[] tokens, int from, int length) {
    int node = tokens[from];
    for (int i = 1; i < length && node >= 0; i++) {
      NgramLevel level = levels.get(i - 1);
      node = levels.get(i).find(tokens[from + i], level.first(node), level.first(node + 1));
    }
    return node;
  }

  /** Returns a complete level. */
  NgramLevel level(int length) {
    return levels.get(length - 1);
  }

  /**
   * Returns the table, which is to be closed after this.
   *
   * @param name in messages
   * @param sentenceEnd the token after which a sentence begins; -1 for none
   */
  NgramTable table(String name, int vocabulary, int sentenceEnd) {
    List<NgramLevel> whole = new ArrayList<>();
    for (int i = 0; i < order; i++) {
      NgramLevel level = levels.get(i);
      if (i < order - 1) {
        fill(backoffs(i + 1), level.count());
        MemorySegment weights = backoffs(i + 1).map(arena);
        level =
            new NgramLevel(
                level.count(), level.words(), level.logs(), weights, level.first(), true);
      }
      whole.add(level);
    }
    handedOver = true;
    return new NgramTable(name, vocabulary, sentenceEnd, whole, arena);
  }

  /** Frees what the table did not take over. */
  @Override
  public void close() {
    backoffs.forEach(Column::close);
    if (next != null) {
      next.close();
    }
    if (!handedOver) {
      arena.close();
    }
  }
}
