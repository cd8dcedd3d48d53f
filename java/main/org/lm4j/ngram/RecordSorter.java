package org.lm4j.ngram;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.token.ScratchFile;

/**
 * Sorts more records than memory holds: what does not fit is sorted in parts, written to temporary
 * files, and merged as it is read. Records of equal keys may be added up, which happens early, so
 * that counts of frequent n-grams take no space.
 *
 * <p>The result does not depend on the memory. Used by one thread.
 */
final class RecordSorter implements AutoCloseable {
  private static final int FIRST = 1 << 14; // records that there is room for at the beginning
  private static final int MOST_RUNS = 64; // merged at once; more are merged in stages
  private static final int BUFFER = 1 << 16; // bytes
  private static final int MOST_INTS = Integer.MAX_VALUE - 64;

  private final Shape shape;
  private final boolean adds;
  private final int most; // records in memory
  private final @Nullable Path folder;
  private final List<List<Run>> stages = new ArrayList<>(); // runs of the same size
  private int[] data;
  private int count;
  private long total;

  /** How many ints and longs a record has; a long is two ints, the upper one first. */
  private record Shape(int keys, int values) {
    int ints() {
      return keys + 2 * values;
    }
  }

  /** Sorted records in a file that is gone when it is closed. */
  private record Run(FileChannel channel, long records) {
    void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot close a temporary file", e);
      }
    }
  }

  /**
   * Creates a sorter.
   *
   * @param keys number of ints that order the records
   * @param values number of longs that a record has besides
   * @param adds whether records of equal keys become one, whose longs are the sums
   * @param memory bytes that it may take, some tens of KB at least
   * @param folder for temporary files; null for the system's
   */
  RecordSorter(int keys, int values, boolean adds, long memory, @Nullable Path folder) {
    this.shape = new Shape(keys, values);
    this.adds = adds;
    this.folder = folder;
    long ints = Math.min(MOST_INTS, memory / Integer.BYTES * 2 / 3); // growing takes half as much
    this.most = (int) Math.max(16, ints / shape.ints());
    this.data = new int[Math.min(FIRST, most) * shape.ints()];
  }

  /** Adds a record of the first ints of an array, as many as a key has, and these longs. */
  void add(int[] key, long... values) {
    if (count * shape.ints() == data.length) {
      makeRoom();
    }
    int at = count++ * shape.ints();
    System.arraycopy(key, 0, data, at, shape.keys);
    for (int i = 0; i < shape.values; i++) {
      put(data, at + shape.keys + 2 * i, values[i]);
    }
    total++;
  }

  /** Returns the number of records that were added. */
  long size() {
    return total;
  }

  private void makeRoom() {
    if (count < most) {
      long larger = Math.min(2L * count, most) * shape.ints();
      data = Arrays.copyOf(data, Math.toIntExact(larger));
      return;
    }
    sortMemory();
    if (count > most / 2) {
      writeRun();
    }
  }

  private void sortMemory() {
    IntRecords.sort(data, shape.ints(), shape.keys, count);
    if (!adds || count == 0) {
      return;
    }
    int stride = shape.ints();
    int kept = 0;
    for (int i = 1; i < count; i++) {
      int from = i * stride;
      int to = kept * stride;
      if (Arrays.equals(data, from, from + shape.keys, data, to, to + shape.keys)) {
        for (int v = shape.keys; v < stride; v += 2) {
          put(data, to + v, get(data, to + v) + get(data, from + v));
        }
      } else if (++kept < i) {
        System.arraycopy(data, from, data, kept * stride, stride);
      }
    }
    count = kept + 1;
  }

  private void writeRun() {
    try (RecordStream records = new InMemory(data, count)) {
      keep(write(records), 0);
    }
    count = 0;
  }

  private void keep(Run run, int stage) {
    if (stage == stages.size()) {
      stages.add(new ArrayList<>());
    }
    List<Run> runs = stages.get(stage);
    runs.add(run);
    if (runs.size() == MOST_RUNS) {
      Run merged;
      try (RecordStream records = new Merge(List.copyOf(runs))) {
        merged = write(records);
      }
      runs.forEach(Run::close);
      runs.clear();
      keep(merged, stage + 1);
    }
  }

  private Run write(RecordStream records) {
    Path path = ScratchFile.in(folder);
    FileChannel channel = ScratchFile.open(path);
    long written = 0;
    boolean complete = false;
    try {
      ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.nativeOrder());
      while (records.next()) {
        if (bytes.remaining() < shape.ints() * Integer.BYTES) {
          drain(bytes, channel);
        }
        for (int i = 0; i < shape.keys; i++) {
          bytes.putInt(records.key()[i]);
        }
        for (int i = 0; i < shape.values; i++) {
          long value = records.value(i);
          bytes.putInt((int) (value >>> 32)).putInt((int) value);
        }
        written++;
      }
      drain(bytes, channel);
      complete = true;
      return new Run(channel, written);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write to the temporary file %s: %s".formatted(path, e.getMessage()), e);
    } finally {
      if (!complete) {
        new Run(channel, 0).close();
      }
    }
  }

  private static void drain(ByteBuffer bytes, FileChannel channel) throws IOException {
    bytes.flip();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    bytes.clear();
  }

  /** Returns the records in order, once; nothing may be added afterwards. */
  RecordStream sorted() {
    sortMemory();
    List<Run> runs = new ArrayList<>();
    stages.forEach(runs::addAll);
    if (runs.isEmpty()) {
      return new InMemory(data, count);
    }
    writeRun();
    data = new int[0];
    runs.clear();
    stages.forEach(runs::addAll);
    return new Merge(runs);
  }

  /** Removes the temporary files. */
  @Override
  public void close() {
    data = new int[0];
    stages.forEach(runs -> runs.forEach(Run::close));
    stages.clear();
  }

  private static long get(int[] data, int at) {
    return (long) data[at] << 32 | (data[at + 1] & 0xFFFF_FFFFL);
  }

  private static void put(int[] data, int at, long value) {
    data[at] = (int) (value >>> 32);
    data[at + 1] = (int) value;
  }

  /** Records of an array. */
  private final class InMemory implements RecordStream {
    private final int[] records;
    private final int size;
    private final int[] key = new int[shape.keys];
    private int next;

    InMemory(int[] records, int size) {
      this.records = records;
      this.size = size;
    }

    @Override
    public boolean next() {
      if (next == size) {
        return false;
      }
      System.arraycopy(records, next++ * shape.ints(), key, 0, shape.keys);
      return true;
    }

    @Override
    public int[] key() {
      return key;
    }

    @Override
    public long value(int index) {
      return get(records, (next - 1) * shape.ints() + shape.keys + 2 * index);
    }

    @Override
    public void close() {}
  }

  /** Reads one run. */
  private final class Reader {
    private final Run run;
    private final ByteBuffer bytes;
    private final IntBuffer ints;
    private final int[] record = new int[shape.ints()];
    private long left;
    private long position;

    Reader(Run run) {
      this.run = run;
      this.left = run.records;
      int whole = Math.max(1, BUFFER / Integer.BYTES / shape.ints()) * shape.ints();
      this.bytes = ByteBuffer.allocateDirect(whole * Integer.BYTES).order(ByteOrder.nativeOrder());
      this.ints = bytes.asIntBuffer().limit(0);
    }

    boolean next() {
      if (left == 0) {
        return false;
      }
      left--;
      if (!ints.hasRemaining()) {
        fill();
      }
      ints.get(record);
      return true;
    }

    private void fill() {
      try {
        bytes.clear();
        int read = 0;
        while (read >= 0 && bytes.hasRemaining()) {
          read = run.channel.read(bytes, position);
          position += Math.max(0, read);
        }
        ints.clear().limit(bytes.position() / Integer.BYTES);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read a temporary file: " + e.getMessage(), e);
      }
    }
  }

  /** Merges runs, by a heap whose first reader has the smallest key. */
  private final class Merge implements RecordStream {
    private final List<Reader> heap = new ArrayList<>();
    private final int[] key = new int[shape.keys];
    private final long[] values = new long[shape.values];

    Merge(List<Run> runs) {
      for (Run run : runs) {
        Reader reader = new Reader(run);
        if (reader.next()) {
          heap.add(reader);
        }
      }
      for (int i = heap.size() / 2 - 1; i >= 0; i--) {
        sink(i);
      }
    }

    @Override
    public boolean next() {
      if (heap.isEmpty()) {
        return false;
      }
      int[] first = heap.getFirst().record;
      System.arraycopy(first, 0, key, 0, shape.keys);
      for (int i = 0; i < shape.values; i++) {
        values[i] = get(first, shape.keys + 2 * i);
      }
      advance();
      while (adds && !heap.isEmpty() && compare(heap.getFirst().record, key) == 0) {
        for (int i = 0; i < shape.values; i++) {
          values[i] += get(heap.getFirst().record, shape.keys + 2 * i);
        }
        advance();
      }
      return true;
    }

    private void advance() {
      if (!heap.getFirst().next()) {
        Reader last = heap.removeLast();
        if (heap.isEmpty()) {
          return;
        }
        heap.set(0, last);
      }
      sink(0);
    }

    private void sink(int from) {
      int at = from;
      for (int child = 2 * at + 1; child < heap.size(); child = 2 * at + 1) {
        if (child + 1 < heap.size() && less(child + 1, child)) {
          child++;
        }
        if (!less(child, at)) {
          return;
        }
        Reader kept = heap.get(at);
        heap.set(at, heap.get(child));
        heap.set(child, kept);
        at = child;
      }
    }

    private boolean less(int one, int other) {
      return compare(heap.get(one).record, heap.get(other).record) < 0;
    }

    private int compare(int[] one, int[] other) {
      return Arrays.compare(one, 0, shape.keys, other, 0, shape.keys);
    }

    @Override
    public int[] key() {
      return key;
    }

    @Override
    public long value(int index) {
      return values[index];
    }

    @Override
    public void close() {}
  }
}
