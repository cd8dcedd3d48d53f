package org.lm4j.parallel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Sums tensors over all ranks while this rank computes something else, with the bits of {@link
 * RankedSum}: bucket by bucket, a few at a time, each rank receives its piece from all others, adds
 * it up in the order of the ranks, and sends the sum to all.
 *
 * <p>A thread moves the transfers on now and then, since many libraries do so only when they are
 * called; it sleeps in between, so as not to take the processor from what is computed. A rank that
 * needs the sums waits in {@link #finish}, and moves them on without pauses.
 */
final class BackgroundSum implements AutoCloseable {
  private static final int AT_A_TIME = 4; // buckets
  private static final long PAUSE = 100_000; // nanoseconds between two looks
  private static final int LOOKS = 1000; // before others get the processor
  private static final int TAGS = 1 << 13; // of buckets in turn; MPI has tags up to 2^15 at least

  private final Communicator ranks;
  private final int rank;
  private final int size;
  private final int bucket; // elements
  private final HostStorage storage;
  private final Deque<Tensor> free = new ArrayDeque<>(); // (bucket) each, to receive into
  private final Deque<Tensor> waiting = new ArrayDeque<>(); // at most a bucket each
  private final List<Bucket> flying = new ArrayList<>();
  private int tag;
  private @Nullable RuntimeException failure;
  private @Nullable Thread thread; // null until it is needed
  private boolean closed;

  /** Creates it with buckets of at most so many elements. */
  BackgroundSum(Communicator ranks, Tensor like, int bucket) {
    this.ranks = ranks;
    this.rank = ranks.rank();
    this.size = ranks.size();
    this.bucket = bucket;
    int bytes = like.dtype().bytes();
    this.storage = new HostStorage((long) AT_A_TIME * bucket * bytes);
    for (int i = 0; i < AT_A_TIME; i++) {
      free.add(new Tensor(storage, (long) i * bucket, Shape.of(bucket), like.dtype()));
    }
  }

  /**
   * Begins to replace a tensor by its sum over all ranks. Every rank begins with the same tensors
   * in the same order.
   *
   * @param flat on the host, unchanged by others until {@link #finish} returns
   */
  synchronized void begin(Tensor flat) {
    add(flat);
    if (thread == null) {
      thread = Thread.ofPlatform().daemon().name("exchange").start(this::advanceNowAndThen);
    } else {
      notifyAll();
    }
  }

  /**
   * Begins as {@link #begin} does where this rank computes nothing before {@link #finish}: no other
   * thread moves the transfers on, unless some that were begun are under way.
   */
  synchronized void add(Tensor flat) {
    for (long from = 0; from < flat.size(); from += bucket) {
      waiting.add(flat.view(from, (int) Math.min(bucket, flat.size() - from)));
    }
    advance();
  }

  /**
   * Waits until all sums that were begun are complete.
   *
   * @throws RanksException if the connection is broken
   */
  @SuppressWarnings("ThreadPriorityCheck") // yields only where others may lack a core
  void finish() {
    for (int looks = 0; !advanced(); looks++) {
      if (looks < LOOKS) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // there may be more ranks than cores
      }
    }
  }

  private synchronized boolean advanced() {
    if (failure != null) {
      throw failure;
    }
    return advance();
  }

  private void advanceNowAndThen() {
    while (awaitWork()) {
      LockSupport.parkNanos(PAUSE);
      advanceOrFail();
    }
  }

  /** Waits until there is something to move on; false at the end. */
  private synchronized boolean awaitWork() {
    try {
      while (!closed && (isDone() || failure != null)) {
        wait();
      }
      return !closed;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private synchronized void advanceOrFail() {
    try {
      if (!closed && failure == null) {
        advance();
      }
    } catch (RuntimeException e) {
      failure = e; // finish throws it where the sums are needed
    }
  }

  private boolean isDone() {
    return waiting.isEmpty() && flying.isEmpty();
  }

  /** Moves all transfers on; returns whether all sums are complete. */
  private boolean advance() {
    for (Iterator<Bucket> each = flying.iterator(); each.hasNext(); ) {
      Bucket one = each.next();
      if (one.advance()) {
        free.add(one.received);
        each.remove();
      }
    }
    while (!waiting.isEmpty() && !free.isEmpty()) {
      tag = (tag + 1) % TAGS;
      flying.add(new Bucket(waiting.remove(), free.remove(), tag));
    }
    return isDone();
  }

  /** A bucket whose pieces are on their way: first to be added up, then as sums. */
  private final class Bucket {
    private final Tensor x;
    private final Tensor received;
    private final int tag;
    private final List<Transfer> transfers = new ArrayList<>();
    private boolean summed;

    Bucket(Tensor x, Tensor received, int tag) {
      this.x = x;
      this.received = received;
      this.tag = 2 * tag;
      for (int other = 0; other < size; other++) {
        if (other != rank) {
          transfers.add(ranks.receive(part(other).segment(), other, this.tag));
          transfers.add(ranks.send(piece(other).segment(), other, this.tag));
        }
      }
    }

    /** Returns the elements that a rank adds up. */
    private Tensor piece(int of) {
      long from = x.size() * of / size;
      return x.view(from, (int) (x.size() * (of + 1) / size - from));
    }

    /** Returns the memory for this rank's piece of another rank. */
    private Tensor part(int of) {
      int width = (int) piece(rank).size();
      return received.view((long) of * width, width);
    }

    boolean advance() {
      transfers.removeIf(Transfer::isDone);
      if (!transfers.isEmpty()) {
        return false;
      }
      if (summed) {
        return true;
      }
      summed = true;
      sum();
      MemorySegment mine = piece(rank).segment();
      for (int other = 0; other < size; other++) {
        if (other != rank) {
          transfers.add(ranks.receive(piece(other).segment(), other, tag + 1));
          transfers.add(ranks.send(mine, other, tag + 1));
        }
      }
      return false;
    }

    /**
     * Adds in the order of the ranks: those before this one in the memory of the first of them, the
     * others in place, since {@code a + b} and {@code b + a} have the same bits.
     */
    private void sum() {
      Tensor mine = piece(rank);
      if (rank > 0) {
        Tensor before = part(0);
        for (int other = 1; other < rank; other++) {
          RankedSum.add(part(other), before);
        }
        RankedSum.add(before, mine);
      }
      for (int other = rank + 1; other < size; other++) {
        RankedSum.add(part(other), mine);
      }
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    Thread used = thread;
    if (used != null) {
      used.interrupt();
    }
    if (flying.isEmpty()) {
      storage.close(); // else a library may still write there: the run has failed
    }
  }
}
