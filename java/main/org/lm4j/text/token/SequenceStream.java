package org.lm4j.text.token;

import java.util.Objects;

/**
 * The lines or documents of a text one behind the other, with their symbols, as one stream whose
 * state is carried. May be read by several threads.
 */
public final class SequenceStream implements TokenSequence {
  private final TokenFile tokens;
  private final SequenceIndex index;
  private final int begin;
  private final int end;

  /** Creates a view of the sequences of a text, which have to stay open. */
  public SequenceStream(SequenceIndex index) {
    this.tokens = index.tokens();
    this.index = index;
    this.begin = index.segmentation().symbols().begin() ? 1 : 0;
    this.end = index.segmentation().symbols().end() ? 1 : 0;
  }

  @Override
  public long size() {
    return first(index.count());
  }

  /** Returns the place in this stream of the first token of a sequence. */
  private long first(long sequence) {
    return begin + index.before(sequence) + end * sequence;
  }

  /** Returns the last sequence that begins at a place or before it; -1 before the first. */
  private long sequenceAt(long place) {
    long low = 0;
    long high = index.count();
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (first(middle) <= place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /**
   * Returns the place in the text of the token at an index in 0..N-1; that of a symbol which the
   * text lacks is where it would be, -1 before the text.
   */
  public long place(long at) {
    Objects.checkIndex(at, size());
    long sequence = sequenceAt(at);
    return sequence < 0 ? -1 : index.start(sequence) + at - first(sequence);
  }

  @Override
  public boolean isOov(long at) {
    long place = place(at);
    return place >= 0 && place < tokens.size() && tokens.isOov(place);
  }

  @Override
  public void copy(long from, int count, int[] target, int at) {
    Objects.checkFromIndexSize(from, count, size());
    Objects.checkFromIndexSize(at, count, target.length);
    long sequence = sequenceAt(from);
    int done = 0;
    while (done < count) {
      long inside = sequence < 0 ? 0 : from + done - first(sequence);
      long length = sequence < 0 ? 0 : index.length(sequence);
      if (inside < length) {
        int some = (int) Math.min(count - done, length - inside);
        tokens.copy(index.start(sequence) + inside, some, target, at + done);
        done += some;
      } else if (inside == length && (sequence < 0 ? begin : end) == 1) {
        target[at + done++] = index.lineEnd();
        sequence++;
      } else {
        sequence++;
      }
    }
  }

  @Override
  public CorpusStats stats() {
    return tokens.stats();
  }
}
