package org.lm4j.task.lm.adapt;

/**
 * The frequencies of the last {@code n} tokens that were scored (Kuhn and De Mori, "A Cache-Based
 * Natural Language Model for Speech Recognition", 1990).
 */
final class UnigramCache implements Component {
  private final int component;
  private final int[] recent; // a ring
  private final int[] counts; // by token
  private long seen;

  /**
   * Creates an empty cache.
   *
   * @param window number of tokens {@code n} that it keeps
   */
  UnigramCache(int vocabulary, int window, int component) {
    this.component = component;
    this.recent = new int[window];
    this.counts = new int[vocabulary];
  }

  @Override
  public void reset() {
    // what was read stays: a cache is of the text, not of the line
  }

  @Override
  public void read(Chunk chunk) {
    for (int row = 0; row < chunk.rows(); row++) {
      if (!chunk.isScored(row)) {
        continue;
      }
      int target = chunk.targets()[row];
      int size = size();
      if (size == 0) {
        chunk.leaveToModel(component, row);
      } else {
        chunk.set(component, row, Math.log(counts[target]) - Math.log(size));
        if (chunk.whole()) {
          for (int i = 0; i < size; i++) {
            chunk.add(component, row, recent[i], 1.0 / size);
          }
        }
      }
      add(target);
    }
  }

  /** Returns the number of tokens in the cache. */
  int size() {
    return (int) Math.min(seen, recent.length);
  }

  /** Returns how often a token is in the cache. */
  int count(int token) {
    return counts[token];
  }

  /** Adds a token, in place of the oldest if the cache is full. */
  void add(int token) {
    int at = (int) (seen % recent.length);
    if (seen >= recent.length) {
      counts[recent[at]]--;
    }
    recent[at] = token;
    counts[token]++;
    seen++;
  }

  @Override
  public void close() {}
}
