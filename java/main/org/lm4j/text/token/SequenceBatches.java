package org.lm4j.text.token;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.lm4j.InputException;

/**
 * Training batches of independent lines or documents. All are sorted by length, and each batch is
 * {@code B} neighbours, so that little is padded. In every epoch those of equal length are in a new
 * order, and so are the batches; both follow from seed and epoch. A batch with more than {@code T}
 * steps is cut into windows that follow each other, the state carried from one to the next.
 *
 * <p>Sequences without a target are left out. The order is a scratch file mapped into memory, of 8
 * bytes a sequence, so that the heap does not grow with their number. Not thread-safe.
 */
public final class SequenceBatches implements TrainingWindows {
  private static final int FEW = 1 << 12; // steps
  private static final int SITE_BATCHES = 0;
  private static final int SITE_LENGTHS = 1; // and on, one for each length
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private final SequenceIndex index;
  private final int ignore;
  private final long seed;
  private final int batch;
  private final int steps;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment order; // the sequences by length
  private final long[] lengths; // different numbers of steps, ascending
  private final long[] ends; // of the sequences of each, their place in the order, exclusive
  private final long batches;
  private final long windows;
  private final int[] run;

  // Of the epoch and batch that was located last.
  private long epoch = -1;
  private Permutation places = new Permutation(1, 0);
  private Permutation[] within = {};
  private long place;
  private long firstWindow;

  /**
   * Sorts the sequences.
   *
   * @param index of the sequences of a text; closed with this
   * @param batch {@code B}, sequences side by side; fewer if the text has fewer
   * @param steps {@code T}, the most steps of a window
   * @param ignore the target where nothing is scored; must not be a token id
   * @throws InputException if no sequence has a target
   */
  public SequenceBatches(SequenceIndex index, int batch, int steps, int ignore, long seed) {
    this.index = index;
    this.ignore = ignore;
    this.seed = seed;
    SortedMap<Long, Long> counts = counts(index);
    if (counts.isEmpty()) {
      throw InputException.naming(
          ("no %s of the training text has two tokens, its symbols included: there is nothing to"
                  + " predict; give more text.")
              .formatted(index.segmentation().unit().label()));
    }
    this.lengths = counts.keySet().stream().mapToLong(Long::longValue).toArray();
    this.ends = counts.values().stream().mapToLong(Long::longValue).toArray();
    Arrays.parallelPrefix(ends, Long::sum);
    long count = ends[ends.length - 1];
    this.batch = (int) Math.min(batch, count);
    this.steps = (int) Math.min(steps, rounded(lengths[lengths.length - 1]));
    StreamBatches.checkWindow(this.batch, this.steps);
    this.run = new int[this.steps + 1];
    this.order = sorted(count);
    this.batches = Math.ceilDiv(count, this.batch);
    long sum = 0;
    for (long b = 0; b < batches; b++) {
      sum += windowsOf(b);
    }
    this.windows = sum;
  }

  /** Returns how many sequences have each number of steps, of those that have any. */
  private static SortedMap<Long, Long> counts(SequenceIndex index) {
    SortedMap<Long, Long> counts = new TreeMap<>(); // at most √(2N) for N tokens
    long[] few = new long[FEW];
    for (long i = 0; i < index.count(); i++) {
      long targets = index.targets(i);
      if (targets >= FEW) {
        counts.merge(targets, 1L, Long::sum);
      } else {
        few[(int) targets]++;
      }
    }
    for (int i = 1; i < FEW; i++) {
      if (few[i] > 0) {
        counts.put((long) i, few[i]);
      }
    }
    return counts;
  }

  /** Returns the sequences sorted by length, equal ones in the order of the text. */
  private MemorySegment sorted(long count) {
    Path path = ScratchFile.in(index.tokens().path().toAbsolutePath().getParent());
    try (FileChannel channel = ScratchFile.open(path)) {
      MemorySegment sorted =
          channel.map(FileChannel.MapMode.READ_WRITE, 0, count * Long.BYTES, arena);
      long[] next = new long[ends.length];
      System.arraycopy(ends, 0, next, 1, ends.length - 1);
      for (long i = 0; i < index.count(); i++) {
        int length = Arrays.binarySearch(lengths, index.targets(i));
        if (length >= 0) {
          sorted.set(LONG, next[length]++ * Long.BYTES, i);
        }
      }
      return sorted;
    } catch (IOException e) {
      arena.close();
      throw TokenFileWriter.cannotWrite(path, e);
    }
  }

  /** Returns which of the lengths the sequence at a place of the order has. */
  private int lengthAt(long ordered) {
    int found = Arrays.binarySearch(ends, ordered);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /** Returns the steps of the longest sequence of a batch, which is its last. */
  private long longestOf(long number) {
    return lengths[lengthAt(Math.min((number + 1) * batch, ends[ends.length - 1]) - 1)];
  }

  private long windowsOf(long number) {
    return Math.ceilDiv(longestOf(number), steps);
  }

  /**
   * Rounds a number of steps up by at most a quarter, an eighth on average: few shapes are better,
   * since each needs memory.
   */
  private static long rounded(long number) {
    long grain = Math.max(1, Long.highestOneBit(Math.max(1, number - 1)) / 4);
    return Math.ceilDiv(number, grain) * grain;
  }

  @Override
  public long windows() {
    return windows;
  }

  @Override
  public int rows() {
    return batch;
  }

  @Override
  public int longest() {
    return steps;
  }

  @Override
  public int stepsOf(long inEpoch, long window) {
    long number = locate(inEpoch, window);
    long left = longestOf(number) - (window - firstWindow) * steps;
    return (int) Math.min(steps, rounded(left));
  }

  @Override
  public boolean begins(long inEpoch, long window) {
    locate(inEpoch, window);
    return window == firstWindow;
  }

  /** Finds the batch of a window, and its first window: from the one found last, or anew. */
  private long locate(long inEpoch, long window) {
    Objects.checkIndex(window, windows);
    if (inEpoch != epoch) {
      epoch = inEpoch;
      places = new Permutation(batches, Permutation.key(seed, epoch, SITE_BATCHES));
      within = new Permutation[lengths.length];
      rewind();
    }
    if (windows == batches) { // each has one window
      place = window;
      firstWindow = window;
    } else if (window < firstWindow) {
      rewind();
    }
    long number = places.at(place);
    while (window >= firstWindow + windowsOf(number)) {
      firstWindow += windowsOf(number);
      number = places.at(++place);
    }
    return number;
  }

  private void rewind() {
    place = 0;
    firstWindow = 0;
  }

  @Override
  public int fill(long inEpoch, long window, int[] inputs, int[] targets) {
    int count = stepsOf(inEpoch, window);
    long number = locate(inEpoch, window);
    Objects.checkFromIndexSize(0, count * batch, inputs.length);
    Objects.checkFromIndexSize(0, count * batch, targets.length);
    Arrays.fill(inputs, 0, count * batch, 0);
    Arrays.fill(targets, 0, count * batch, ignore);
    long first = number * batch;
    long rows = Math.min(batch, ends[ends.length - 1] - first);
    int scored = 0;
    for (int b = 0; b < rows; b++) {
      long sequence = sequenceAt(first + b);
      long from = (window - firstWindow) * steps;
      int real = Math.clamp(index.targets(sequence) - from, 0, count);
      if (real > 0) {
        index.copy(sequence, from, real + 1, run);
      }
      for (int t = 0; t < real; t++) {
        inputs[t * batch + b] = run[t];
        targets[t * batch + b] = run[t + 1];
      }
      scored += real;
    }
    return scored;
  }

  /** Returns the sequence that is at a place of the order in the current epoch. */
  private long sequenceAt(long ordered) {
    int length = lengthAt(ordered);
    long from = length == 0 ? 0 : ends[length - 1];
    Permutation shuffle = within[length];
    if (shuffle == null) {
      long key = Permutation.key(seed, epoch, SITE_LENGTHS + length);
      shuffle = new Permutation(ends[length] - from, key);
      within[length] = shuffle;
    }
    return order.get(LONG, (from + shuffle.at(ordered - from)) * Long.BYTES);
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
    index.close();
  }
}
