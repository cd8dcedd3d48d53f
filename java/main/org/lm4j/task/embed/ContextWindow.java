package org.lm4j.task.embed;

import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.text.token.TokenFile;

/**
 * Finds the context words of each word of a text, as word2vec does: first, occurrences of frequent
 * words are randomly left out (subsampling); then the context of a word is the b words on either
 * side in the rest of its line, with b drawn for each word from 1 to the window size. This gives
 * closer words more weight.
 *
 * <p>The draws depend only on the key and the position in the text, not on earlier calls.
 */
final class ContextWindow {
  private static final int SITE_KEPT = 1 << 18;
  private static final int SITE_WIDTH = SITE_KEPT + 1;
  private static final long LOW_32 = 0xFFFFFFFFL;
  private static final int LINE_END = -1;

  /** The limit of a window's reach over words left out, as a multiple of its size. */
  private static final int REACH = 5;

  private final TokenFile text;
  private final int window;
  private final long[] kept; // by id: thresholds
  private final boolean drawn; // whether widths and what is kept are
  private final int lineEnd;
  private final int[] bits = new int[4];

  // The current neighbourhood: ids of the words kept and their positions.
  private int[] ids = new int[0];
  private long[] places = new long[0];
  private int count;
  private final int[] near;
  private final int[] widthBits = new int[4];

  /** Receives a word and its context words. */
  interface Sink {
    /**
     * Receives one word.
     *
     * @param place its position in the text
     * @param near ids of the context words, from index 0; owned by the caller and valid only during
     *     the call
     */
    void take(long place, int word, int[] near, int count);
  }

  /**
   * Creates a window over a text.
   *
   * @param kept {@link Subsampling#thresholds} of each id; 0 for ids that are not words
   * @param lineEnd the id that ends a line, or -1
   * @param drawn whether to draw at random; if not, all words are kept and every window has its
   *     full width
   */
  ContextWindow(TokenFile text, int window, long[] kept, int lineEnd, boolean drawn) {
    this.text = text;
    this.window = window;
    this.kept = kept.clone();
    this.lineEnd = lineEnd;
    this.drawn = drawn;
    this.near = new int[2 * window];
  }

  /** Finds the context words of the words at positions {@code [from, to)}. */
  void find(long from, long to, RandomKey key, Sink sink) {
    long reach = (long) REACH * window;
    look(Math.max(0, from - reach), Math.min(text.size(), to + reach), key);
    for (int i = 0; i < count; i++) {
      if (ids[i] == LINE_END || places[i] < from || places[i] >= to) {
        continue;
      }
      int width = drawn ? width(key, places[i]) : window;
      int found = 0;
      for (int j = i - 1; j >= Math.max(0, i - width) && ids[j] != LINE_END; j--) {
        near[found++] = ids[j];
      }
      for (int j = i + 1; j <= Math.min(count - 1, i + width) && ids[j] != LINE_END; j++) {
        near[found++] = ids[j];
      }
      sink.take(places[i], ids[i], near, found);
    }
  }

  /** Subsamples the words at positions {@code [from, to)}. */
  private void look(long from, long to, RandomKey key) {
    int length = (int) (to - from);
    if (ids.length < length) {
      ids = new int[length];
      places = new long[length];
    }
    count = 0;
    long quad = -1;
    for (long place = from; place < to; place++) {
      int id = text.get(place);
      if (id == lineEnd) {
        ids[count] = LINE_END;
        places[count++] = place;
        continue;
      }
      long threshold = kept[id];
      if (threshold == 0) {
        continue;
      }
      if (drawn && threshold <= LOW_32) {
        if (place >>> 2 != quad) {
          quad = place >>> 2;
          Philox.block(key, SITE_KEPT, quad, bits);
        }
        if ((bits[(int) (place & 3)] & LOW_32) >= threshold) {
          continue;
        }
      }
      ids[count] = id;
      places[count++] = place;
    }
  }

  private int width(RandomKey key, long place) {
    Philox.block(key, SITE_WIDTH, place >>> 2, widthBits);
    return 1 + (int) (((widthBits[(int) (place & 3)] & LOW_32) * window) >>> 32);
  }
}
