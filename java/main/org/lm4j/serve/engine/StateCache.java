package org.lm4j.serve.engine;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * States of a model after beginnings of texts, so that a prompt that begins like one before is not
 * read again. A state takes the same memory however long its text is. The states used longest ago
 * make room for new ones. Used by one thread.
 */
final class StateCache {
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final int OVERHEAD = 160; // bytes of the objects of an entry

  private final long capacity;
  private final Map<Prefix, byte[]> states = new LinkedHashMap<>(16, 0.75f, true);
  private final TreeMap<Integer, Integer> lengths = new TreeMap<>(); // of prefixes, with counts
  private long bytes;

  /** The beginning of a text; equal by its tokens. */
  private static final class Prefix {
    final int[] tokens;
    final int length;
    final long hash;

    Prefix(int[] tokens, int length, long hash) {
      this.tokens = tokens;
      this.length = length;
      this.hash = hash;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(hash);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Prefix that
          && hash == that.hash
          && Arrays.equals(tokens, 0, length, that.tokens, 0, that.length);
    }
  }

  /**
   * A state that was found.
   *
   * @param length of the beginning after which it is the state
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Found(int length, byte[] state) {}

  /** Creates an empty cache of at most {@code capacity} bytes; 0 for none. */
  StateCache(long capacity) {
    this.capacity = capacity;
  }

  /** Returns the bytes that the states and their texts take. */
  long bytes() {
    return bytes;
  }

  /** Returns the number of states. */
  int size() {
    return states.size();
  }

  /** Drops all states. */
  void clear() {
    states.clear();
    lengths.clear();
    bytes = 0;
  }

  private static long next(long hash, int token) {
    long mixed = (hash ^ token) * MULTIPLIER;
    return mixed ^ mixed >>> 29;
  }

  /**
   * Returns the state after the longest beginning that is kept, of at most {@code most} tokens;
   * null if there is none.
   */
  @Nullable Found longest(int[] tokens, int most) {
    if (states.isEmpty()) {
      return null;
    }
    long[] hashes = new long[most + 1];
    for (int i = 0; i < most; i++) {
      hashes[i + 1] = next(hashes[i], tokens[i]);
    }
    for (int length : lengths.headMap(most, true).descendingKeySet()) {
      byte[] state = states.get(new Prefix(tokens, length, hashes[length]));
      if (state != null) {
        return new Found(length, state);
      }
    }
    return null;
  }

  /** Keeps the state after the first {@code length} tokens, at least one. */
  void keep(int[] tokens, int length, byte[] state) {
    long size = size(length, state);
    if (length < 1 || size > capacity) {
      return;
    }
    long hash = 0;
    for (int i = 0; i < length; i++) {
      hash = next(hash, tokens[i]);
    }
    Prefix prefix = new Prefix(Arrays.copyOf(tokens, length), length, hash);
    if (states.put(prefix, state) != null) {
      return; // the same state as before
    }
    bytes += size;
    lengths.merge(length, 1, Integer::sum);
    Iterator<Map.Entry<Prefix, byte[]>> oldest = states.entrySet().iterator();
    while (bytes > capacity) {
      Map.Entry<Prefix, byte[]> entry = oldest.next();
      int dropped = entry.getKey().length;
      bytes -= size(dropped, entry.getValue());
      lengths.computeIfPresent(dropped, (_, count) -> count == 1 ? null : count - 1);
      oldest.remove();
    }
  }

  private static long size(int length, byte[] state) {
    return OVERHEAD + state.length + (long) length * Integer.BYTES;
  }
}
