package org.lm4j.text.token;

import org.jspecify.annotations.Nullable;

/**
 * Training batches of lines or documents whose state is carried: in every epoch they are put one
 * behind the other in a new order, which follows from seed and epoch, and the result is one text in
 * {@code B} streams. The text of an epoch is a scratch file. Not thread-safe.
 */
public final class ShuffledBatches implements TrainingWindows {
  private static final int SITE = 0;
  private static final int READ = 1 << 14; // tokens at a time

  private final SequenceIndex index;
  private final int batch;
  private final int steps;
  private final long seed;
  private @Nullable TokenFile shuffled;
  private StreamBatches batches;
  private long epoch = -1;

  /**
   * Creates the batches.
   *
   * @param index of the sequences of a text; closed with this
   * @param batch {@code B}, streams side by side
   * @param steps {@code T}, steps of a window
   * @throws org.lm4j.InputException when there is less than one target for each stream
   */
  public ShuffledBatches(SequenceIndex index, int batch, int steps, long seed) {
    this.index = index;
    this.batch = batch;
    this.steps = steps;
    this.seed = seed;
    this.batches = shuffle(0);
  }

  /** Writes the text of an epoch. */
  private StreamBatches shuffle(long wanted) {
    close(shuffled);
    shuffled = null;
    Permutation order =
        new Permutation(Math.max(1, index.count()), Permutation.key(seed, wanted, SITE));
    Symbols symbols = index.segmentation().symbols();
    TokenFile tokens = index.tokens();
    int[] ids = new int[READ];
    long size = 0;
    try (TokenFileWriter writer = TokenFileWriter.scratch(tokens.vocabularySize(), -1)) {
      if (symbols.begin()) {
        writer.add(index.lineEnd());
        size++;
      }
      for (long i = 0; i < index.count(); i++) {
        long sequence = order.at(i);
        long length = index.length(sequence);
        for (long from = 0; from < length; from += READ) {
          int read = (int) Math.min(READ, length - from);
          tokens.copy(index.start(sequence) + from, read, ids, 0);
          for (int t = 0; t < read; t++) {
            writer.add(ids[t]);
          }
        }
        if (symbols.end()) {
          writer.add(index.lineEnd());
        }
        size += length + (symbols.end() ? 1 : 0);
      }
      TextCounts counts = new TextCounts(size, 0, 0, 0);
      TextCounts targets = new TextCounts(Math.max(0, size - 1), 0, 0, 0);
      shuffled = writer.finishScratch(new CorpusStats(counts, targets, 0));
    }
    epoch = wanted;
    try {
      return new StreamBatches(shuffled, batch, steps);
    } catch (RuntimeException e) { // too short
      close(shuffled);
      throw e;
    }
  }

  private StreamBatches of(long wanted) {
    if (wanted != epoch) {
      batches = shuffle(wanted);
    }
    return batches;
  }

  @Override
  public long windows() {
    return batches.windows();
  }

  @Override
  public int rows() {
    return batch;
  }

  @Override
  public int longest() {
    return batches.longest();
  }

  @Override
  public int stepsOf(long inEpoch, long window) {
    return batches.stepsOf(window);
  }

  @Override
  public boolean begins(long inEpoch, long window) {
    return window == 0;
  }

  @Override
  public int fill(long inEpoch, long window, int[] inputs, int[] targets) {
    return of(inEpoch).fill(inEpoch, window, inputs, targets);
  }

  private static void close(@Nullable TokenFile file) {
    if (file != null) {
      file.close();
    }
  }

  @Override
  public void close() {
    close(shuffled);
    index.close();
  }
}
