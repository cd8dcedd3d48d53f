package org.lm4j.backend.cpu.job;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A team of threads that run one task together, each its own part. The calling thread does part 0.
 * A helper with nothing to do spins for a moment, since the next task usually follows within
 * microseconds, and then parks. Nothing is allocated by a run.
 *
 * <p>Used by one thread at a time.
 */
public final class WorkerTeam implements AutoCloseable {
  /** Work that can be done in parts. */
  @FunctionalInterface
  public interface Task {
    /** Runs part {@code part} of {@code parts}. */
    void run(int part, int parts);
  }

  private static final long STACK_BYTES = 16L << 20;
  private static final long SPIN_NANOS = 60_000;
  private static final int SPINS_PER_CLOCK = 64;

  private final Helper[] helpers;
  private final long spinNanos;
  private final AtomicInteger arrived = new AtomicInteger();
  private volatile int generation; // of the barrier
  private volatile boolean failed;
  private volatile @Nullable Thread waiting;
  private boolean closed;
  private boolean alone;

  /**
   * Starts the threads of a team.
   *
   * @param threads size of the team, including the caller; at least 1
   */
  public WorkerTeam(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("a team needs at least one thread, not " + threads);
    }
    // With more threads than processors a spinning thread keeps a working one from its processor.
    spinNanos = threads > Runtime.getRuntime().availableProcessors() ? 0 : SPIN_NANOS;
    helpers = new Helper[threads - 1];
    for (int i = 0; i < helpers.length; i++) {
      helpers[i] = new Helper(i + 1);
    }
    try {
      for (Helper helper : helpers) {
        helper.start();
      }
    } catch (OutOfMemoryError e) { // what a system says that gives no more threads
      close();
      throw e;
    }
  }

  /** Returns the number of threads, the caller included. */
  public int size() {
    return helpers.length + 1;
  }

  /**
   * Runs a task in {@code parts} parts and returns when all are done. What a part throws is thrown
   * here once all have ended.
   *
   * @param parts from 1 to {@link #size()}
   */
  public void run(int parts, Task task) {
    requireParts(parts);
    if (parts == 1) {
      task.run(0, 1);
      return;
    }
    failed = false;
    arrived.set(0);
    for (int i = 0; i < parts - 1; i++) {
      helpers[i].give(task, parts);
    }
    Throwable failure = attempt(task, 0, parts);
    for (int i = 0; i < parts - 1; i++) {
      await(helpers[i]);
      if (failure == null || failure instanceof Abandoned) { // which another's failure caused
        failure = helpers[i].failure == null ? failure : helpers[i].failure;
      }
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private void requireParts(int parts) {
    if (closed || parts < 1 || parts > size()) {
      throw new IllegalStateException(
          closed ? "the team is closed" : parts + " parts for a team of " + size());
    }
  }

  /**
   * Runs a task whose parts do not meet at a {@link #barrier}: as {@link #run} does, or after
   * {@link #runAlone} all parts in the calling thread, up to the first that throws.
   *
   * @param parts from 1 to {@link #size()}
   */
  public void runApart(int parts, Task task) {
    if (!alone) {
      run(parts, task);
      return;
    }
    requireParts(parts);
    for (int part = 0; part < parts; part++) {
      task.run(part, parts);
    }
  }

  /**
   * Decides whether the calling thread runs all parts of the tasks of {@link #runApart} from now
   * on. The parts are the same, and so are the bits that they compute.
   */
  public void runAlone(boolean byCaller) {
    alone = byCaller;
  }

  /**
   * Waits, inside a task, until all parts have come here. What they wrote before is then visible to
   * all.
   *
   * @throws IllegalStateException if another part has failed and will not come
   */
  @SuppressWarnings("ThreadPriorityCheck") // yields only where a thread waited for may lack a core
  public void barrier(int parts) {
    if (parts == 1) {
      return;
    }
    int mine = generation;
    if (arrived.incrementAndGet() == parts) {
      arrived.set(0);
      generation = mine + 1;
      return;
    }
    for (int spins = 0; generation == mine; spins++) {
      if (failed) {
        throw new Abandoned();
      }
      if (spins < 2000 && spinNanos > 0) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  /** Thrown at the barrier if another part cannot arrive. */
  private static final class Abandoned extends IllegalStateException {
    private static final long serialVersionUID = 1;

    Abandoned() {
      super("another part of the task failed");
    }
  }

  private @Nullable Throwable attempt(Task task, int part, int parts) {
    try {
      task.run(part, parts);
      return null;
    } catch (RuntimeException | Error e) {
      failed = true;
      return e;
    }
  }

  private void await(Helper helper) {
    if (spinWhile(helper.busy)) {
      return;
    }
    waiting = Thread.currentThread();
    boolean interrupted = false;
    while (helper.task != null) {
      LockSupport.park();
      interrupted |= Thread.interrupted();
    }
    waiting = null;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Spins for a moment; returns whether the condition has ended. */
  private boolean spinWhile(Condition condition) {
    long deadline = System.nanoTime() + spinNanos;
    do {
      for (int i = 0; i < SPINS_PER_CLOCK; i++) {
        if (!condition.holds()) {
          return true;
        }
        Thread.onSpinWait();
      }
    } while (System.nanoTime() < deadline);
    return false;
  }

  @FunctionalInterface
  private interface Condition {
    boolean holds();
  }

  /** Ends the helpers and waits for them. Closing twice does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    boolean interrupted = false;
    for (Helper helper : helpers) {
      helper.stopping = true;
      LockSupport.unpark(helper);
    }
    for (Helper helper : helpers) {
      while (helper.isAlive()) {
        try {
          helper.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** A thread with a mailbox, which holds a task until it is done. */
  private final class Helper extends Thread {
    private final int part;
    private final Condition idle = () -> this.task == null && !this.stopping;
    private final Condition busy = () -> this.task != null;
    private int parts;
    private @Nullable Throwable failure;
    private volatile @Nullable Task task;
    private volatile boolean parked;
    private volatile boolean stopping;

    Helper(int part) {
      super(null, null, "lm4j-worker-" + part, STACK_BYTES, false);
      this.part = part;
      setDaemon(true);
    }

    void give(Task next, int count) {
      parts = count;
      failure = null;
      task = next; // publishes the two
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      while (!stopping) {
        if (!spinWhile(idle)) {
          parked = true;
          while (idle.holds()) {
            LockSupport.park();
            Thread.interrupted(); // nobody interrupts a worker for a reason it should heed
          }
          parked = false;
        }
        Task next = task;
        if (next != null) {
          failure = attempt(next, part, parts);
          task = null; // publishes the failure
          Thread caller = waiting;
          if (caller != null) {
            LockSupport.unpark(caller);
          }
        }
      }
    }
  }
}
