package org.lm4j.parallel;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.TouchedRows;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Memory;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Sums tensors over all ranks: each element is {@code ((x0 + x1) + x2) + …} in the order of the
 * ranks, so that the same number of ranks gives the same bits in every run, and all ranks have the
 * same bits.
 *
 * <p>A reduce-scatter followed by an all-gather (Thakur, Rabenseifner and Gropp, "Optimization of
 * Collective Communication Operations in MPICH", 2005), bucket by bucket: every rank receives its
 * piece of a bucket from all others, sums it, and sends the sum to all. Of {@code S} bytes a rank
 * sends {@code 2 S (N - 1) / N} and receives as many, the least that is possible. Where the
 * connection has {@linkplain Communicator#transfers transfers}, {@link BackgroundSum} does this for
 * memory of the host: a rank's own piece is not copied then, and several buckets are under way.
 */
public final class RankedSum implements TensorSum {
  private static final long BUCKET = 4L << 20; // bytes of all pieces together
  private static final long LEAST_PIECE = 64L << 10; // bytes, below which latency counts

  private final Communicator ranks;
  private final Backend backend;
  private final int size;
  private final DType dtype;
  private final int bucket; // elements
  private final HostStorage receivedStorage;
  private final HostStorage stagedStorage;
  private final Tensor received; // (bucket), on the host
  private final Tensor staged; // (bucket), on the host
  private final @Nullable BackgroundSum background; // null where the connection has none
  private final NavigableMap<Long, Long> begun = new TreeMap<>(); // offsets: from, to

  /** Allocates two buckets. */
  public RankedSum(Communicator ranks, Backend backend) {
    this.ranks = ranks;
    this.backend = backend;
    this.size = ranks.size();
    this.dtype = backend.dtype();
    this.bucket = (int) (Math.max(LEAST_PIECE, BUCKET / size) / dtype.bytes()) * size;
    this.receivedStorage = new HostStorage((long) bucket * dtype.bytes());
    this.stagedStorage = new HostStorage((long) bucket * dtype.bytes());
    this.received = new Tensor(receivedStorage, 0, Shape.of(bucket), dtype);
    this.staged = new Tensor(stagedStorage, 0, Shape.of(bucket), dtype);
    this.background = ranks.transfers() ? new BackgroundSum(ranks, staged, bucket) : null;
  }

  /** Begins with what is on the host; the rest waits for {@link #sum}. */
  @Override
  public void begin(Tensor part) {
    if (background != null && part.storage().isHost()) {
      background.begin(part.reshape(Math.toIntExact(part.size())));
      begun.put(part.offset(), part.offset() + part.size());
    }
  }

  @Override
  public void sum(Tensor x) {
    sumRest(x);
    finish();
  }

  /** Waits for all that is under way. */
  private void finish() {
    if (background != null) {
      background.finish();
    }
    begun.clear();
  }

  /** Sums what was not begun; what {@link #background} does, it has begun then. */
  private void sumRest(Tensor x) {
    Tensor flat = x.reshape(Math.toIntExact(x.size()));
    long end = x.offset() + x.size();
    long from = x.offset();
    for (Map.Entry<Long, Long> done : begun.subMap(from, end).entrySet()) {
      sumAll(flat.view(from - x.offset(), Math.toIntExact(done.getKey() - from)));
      from = done.getValue();
    }
    sumAll(flat.view(from - x.offset(), Math.toIntExact(end - from)));
  }

  private void sumAll(Tensor x) {
    Tensor flat = x.reshape(Math.toIntExact(x.size()));
    if (background != null && x.storage().isHost()) {
      background.add(flat);
      return;
    }
    for (long from = 0; from < flat.size(); from += bucket) {
      int count = (int) Math.min(bucket, flat.size() - from);
      Tensor part = flat.view(from, count);
      if (x.storage().isHost()) {
        sumOnHost(part);
      } else {
        Tensor copy = staged.view(0, count);
        backend.download(part, copy);
        sumOnHost(copy);
        backend.upload(copy, part);
      }
    }
  }

  /** Replaces a gradient by its sum; rows that no rank has touched are not exchanged. */
  @Override
  public void sum(SparseGradient gradient) {
    for (SparseGradient.Range range : gradient.ranges()) {
      if (range.size() > 0) {
        sumRest(gradient.flat().view(range.from(), Math.toIntExact(range.size())));
      }
    }
    for (SparseGradient.Table table : gradient.tables()) {
      sumRows(gradient.flat(), table);
    }
    finish();
  }

  private void sumRows(Tensor flat, SparseGradient.Table table) {
    TouchedRows touched = table.touched();
    int width = table.width();
    int most = Math.max(1, bucket / width); // rows of a bucket
    if (width > bucket || !flat.storage().isHost()) {
      sumAll(flat.view(table.from(), Math.toIntExact((long) touched.size() * width)));
      return;
    }
    long bytes = (long) width * dtype.bytes();
    MemorySegment all = flat.segment();
    MemorySegment packed = staged.segment();
    for (int first = 0; first < touched.count(); first += most) {
      int count = Math.min(most, touched.count() - first);
      for (int i = 0; i < count; i++) {
        long at = (table.from() + (long) touched.row(first + i) * width) * dtype.bytes();
        MemorySegment.copy(all, at, packed, i * bytes, bytes);
      }
      sumStaged(staged.view(0, count * width));
      for (int i = 0; i < count; i++) {
        long at = (table.from() + (long) touched.row(first + i) * width) * dtype.bytes();
        MemorySegment.copy(packed, i * bytes, all, at, bytes);
      }
    }
  }

  private void sumStaged(Tensor x) {
    if (background == null) {
      sumOnHost(x);
    } else {
      background.add(x);
      background.finish();
    }
  }

  /**
   * Sums at most a bucket: what divides evenly piece by piece, and the few elements left by all.
   */
  private void sumOnHost(Tensor x) {
    int piece = (int) (x.size() / size);
    int even = piece * size;
    if (piece > 0) {
      Tensor divided = x.view(0, even);
      ranks.allToAll(divided.segment(), received.view(0, even).segment());
      addPieces(piece);
      ranks.allGather(received.view(0, piece).segment(), divided.segment());
    }
    int left = (int) x.size() - even;
    if (left > 0) {
      Tensor last = x.view(even, left);
      ranks.allGather(last.segment(), received.view(0, left * size).segment());
      addPieces(left);
      last.segment().copyFrom(received.view(0, left).segment());
    }
  }

  /** Adds the pieces received to the first one, in the order of the ranks. */
  private void addPieces(int piece) {
    Tensor sum = received.view(0, piece);
    for (int rank = 1; rank < size; rank++) {
      add(received.view((long) rank * piece, piece), sum);
    }
  }

  /** Adds a tensor to {@code sum}, both on the host. */
  static void add(Tensor x, Tensor sum) {
    if (sum.dtype() == DType.F64) {
      addDoubles(x.address(), sum.address(), (int) sum.size());
    } else {
      addFloats(x.address(), sum.address(), (int) sum.size());
    }
  }

  private static void addFloats(long from, long to, int count) {
    for (int i = 0; i < count; i++) {
      long at = (long) i * Float.BYTES;
      float sum = Memory.ALL.get(JAVA_FLOAT, to + at) + Memory.ALL.get(JAVA_FLOAT, from + at);
      Memory.ALL.set(JAVA_FLOAT, to + at, sum);
    }
  }

  private static void addDoubles(long from, long to, int count) {
    for (int i = 0; i < count; i++) {
      long at = (long) i * Double.BYTES;
      double sum = Memory.ALL.get(JAVA_DOUBLE, to + at) + Memory.ALL.get(JAVA_DOUBLE, from + at);
      Memory.ALL.set(JAVA_DOUBLE, to + at, sum);
    }
  }

  @Override
  public void close() {
    if (background != null) {
      background.close();
    }
    receivedStorage.close();
    stagedStorage.close();
  }
}
