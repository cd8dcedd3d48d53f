package org.lm4j.compute;

import java.util.ConcurrentModificationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes sure that an object with mutable state, such as a window or a generator, is used by one
 * thread at a time: a second thread gets an exception instead of numbers that belong to the first.
 * What is asked of such an object opens a use and closes it:
 *
 * <pre>
 *   try (SoleUse.Use _ = use.begin()) {
 *     …
 *   }
 * </pre>
 *
 * <p>A thread that begins something becomes the owner; what continues with it has to come from the
 * same thread. Another thread may take over by beginning anew. Any thread may close the object. A
 * use costs one atomic exchange.
 */
public final class SoleUse {
  private static final long NONE = 0; // the id of no thread

  private static final long PAUSE_NANOS = 50_000;

  private final String name;
  private final Use use = new Use();
  private final AtomicLong inside = new AtomicLong(NONE);
  private long owner = NONE; // read and written inside only
  private volatile boolean closed;

  /** One use, which ends when it is closed. */
  public final class Use implements AutoCloseable {
    private Use() {}

    @Override
    public void close() {
      inside.setRelease(NONE);
    }
  }

  /**
   * Creates the guard of one object.
   *
   * @param name its name in messages, such as "the window"
   */
  public SoleUse(String name) {
    this.name = name;
  }

  /**
   * Begins something new; the calling thread becomes the owner.
   *
   * @throws ConcurrentModificationException if another use is under way
   * @throws IllegalStateException if the object is closed
   */
  public Use begin() {
    long me = enter();
    owner = me;
    return use;
  }

  /**
   * Continues with what the calling thread began, or with an unused object.
   *
   * @throws ConcurrentModificationException if another use is under way, or another thread has
   *     begun something since
   * @throws IllegalStateException if the object is closed
   */
  public Use resume() {
    long me = enter();
    if (owner != me && owner != NONE) {
      use.close();
      throw refusal();
    }
    owner = me;
    return use;
  }

  private long enter() {
    long me = Thread.currentThread().threadId();
    if (!inside.compareAndSet(NONE, me)) {
      throw closed ? ended() : refusal();
    }
    if (closed) {
      use.close();
      throw ended();
    }
    return me;
  }

  /**
   * Checks that the object has not been closed meanwhile, which a long use does from time to time.
   *
   * @throws IllegalStateException if somebody has
   */
  public void requireOpen() {
    if (closed) {
      throw ended();
    }
  }

  /**
   * Ends all use: waits for one that is under way, unless it is the calling thread's own; later
   * ones throw {@link IllegalStateException}.
   *
   * @return whether this was the first call, after which the object frees what it holds
   */
  public boolean end() {
    synchronized (this) {
      if (closed) {
        return false;
      }
      closed = true;
    }
    long me = Thread.currentThread().threadId();
    boolean interrupted = false;
    while (inside.get() != NONE && inside.get() != me) {
      LockSupport.parkNanos(PAUSE_NANOS);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return true;
  }

  private IllegalStateException ended() {
    return new IllegalStateException(name + " is closed");
  }

  private ConcurrentModificationException refusal() {
    return new ConcurrentModificationException(
        name + " is used by two threads at once; give each thread its own");
  }
}
