package org.lm4j.parallel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.lm4j.tensor.Memory;

/**
 * Ranks that are threads of this process: they exchange memory directly. For programs that train
 * several copies of a model side by side, and for tests of everything that runs on many ranks.
 */
public final class ThreadRanks {
  private final CyclicBarrier barrier;
  private final MemorySegment[] sent;
  private final Map<Address, Queue<Letter>> letters = new ConcurrentHashMap<>();

  /** Where a transfer goes. */
  private record Address(int from, int to, int tag) {}

  /** Memory that a rank sends, which it may use again once it is taken. */
  private static final class Letter {
    final MemorySegment bytes;
    volatile boolean taken;

    Letter(MemorySegment bytes) {
      this.bytes = bytes;
    }
  }

  private Queue<Letter> box(int from, int to, int tag) {
    return letters.computeIfAbsent(
        new Address(from, to, tag), each -> new ConcurrentLinkedQueue<>());
  }

  private ThreadRanks(int size) {
    this.barrier = new CyclicBarrier(size);
    this.sent = new MemorySegment[size];
  }

  /**
   * Runs a function on as many ranks, each in its thread, and returns their results by rank.
   *
   * @throws RanksException if one of them throws; the cause is the first exception that does not
   *     merely say that another rank has ended
   */
  public static <T> List<T> run(int size, Function<Communicator, T> work) {
    ThreadRanks ranks = new ThreadRanks(size);
    List<Callable<T>> calls = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      int number = rank;
      calls.add(
          () -> {
            try (Member member = ranks.new Member(number)) {
              T result = work.apply(member);
              member.finish();
              return result;
            }
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(size)) {
      return results(threads.invokeAll(calls));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RanksException("the ranks were interrupted", e);
    }
  }

  private static <T> List<T> results(List<Future<T>> futures) throws InterruptedException {
    List<T> results = new ArrayList<>();
    Throwable failure = null;
    for (Future<T> future : futures) {
      try {
        results.add(future.get());
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        if (failure == null || failure instanceof RanksException) {
          failure = cause;
        }
      }
    }
    if (failure != null) {
      throw new RanksException("a rank failed: " + failure.getMessage(), failure);
    }
    return results;
  }

  /** One of the ranks. */
  private final class Member implements Communicator {
    private final int rank;
    private boolean finished;

    Member(int rank) {
      this.rank = rank;
    }

    @Override
    public int rank() {
      return rank;
    }

    @Override
    public int size() {
      return sent.length;
    }

    @Override
    public String description() {
      return "threads of one process";
    }

    @Override
    public void allToAll(MemorySegment send, MemorySegment receive) {
      long piece = send.byteSize() / sent.length;
      exchange(
          send,
          () -> {
            for (int from = 0; from < sent.length; from++) {
              MemorySegment.copy(sent[from], rank * piece, receive, from * piece, piece);
            }
          });
    }

    @Override
    public void allGather(MemorySegment send, MemorySegment receive) {
      long piece = send.byteSize();
      exchange(
          send,
          () -> {
            for (int from = 0; from < sent.length; from++) {
              MemorySegment.copy(sent[from], 0, receive, from * piece, piece);
            }
          });
    }

    @Override
    public void broadcast(MemorySegment bytes) {
      exchange(
          bytes,
          () -> {
            if (rank != 0) {
              bytes.copyFrom(sent[0]);
            }
          });
    }

    /** Copies between two barriers: all have given their memory, and none has it back yet. */
    private void exchange(MemorySegment mine, Runnable copies) {
      sent[rank] = Memory.ALL.asSlice(mine.address(), mine.byteSize()); // other threads read it
      barrier();
      copies.run();
      barrier();
    }

    @Override
    public void barrier() {
      try {
        barrier.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RanksException("the rank was interrupted", e);
      } catch (BrokenBarrierException e) {
        throw new RanksException("another rank has ended", e);
      }
    }

    @Override
    public boolean transfers() {
      return true;
    }

    @Override
    public Transfer send(MemorySegment bytes, int to, int tag) {
      Letter letter = new Letter(Memory.ALL.asSlice(bytes.address(), bytes.byteSize()));
      box(rank, to, tag).add(letter);
      return () -> isDone(letter.taken);
    }

    @Override
    public Transfer receive(MemorySegment bytes, int from, int tag) {
      MemorySegment target = Memory.ALL.asSlice(bytes.address(), bytes.byteSize());
      Queue<Letter> box = box(from, rank, tag);
      return () -> {
        Letter letter = box.poll();
        if (letter != null) {
          target.copyFrom(letter.bytes);
          letter.taken = true;
        }
        return isDone(letter != null);
      };
    }

    private boolean isDone(boolean done) {
      if (!done && barrier.isBroken()) {
        throw new RanksException("another rank has ended");
      }
      return done;
    }

    @Override
    public void finish() {
      finished = true;
    }

    @Override
    public void close() {
      if (!finished) {
        Thread.currentThread().interrupt(); // which breaks the barrier for all who wait
        try {
          barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
          Thread.interrupted();
        }
      }
    }
  }
}
