package org.lm4j.compute;

import java.util.ConcurrentModificationException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sees to it that an object with a state of its own, a window or a generator, is used by one thread
 * at a time: a second thread gets an exception instead of numbers that belong to the first. What is
 * asked of such an object opens a use and closes it:
 *
 * <pre>
 *   try (SoleUse.Use _ = use.begin()) {
 *     …
 *   }
 * </pre>
 *
 * <p>A thread that begins something becomes the owner; what goes on with it has to come from the
 * same thread. Another thread may take over by beginning anew. A use costs one atomic exchange.
 */
public final class SoleUse {
  private static final long NONE = 0; // the id of no thread

  private final String name;
  private final Use use = new Use();
  private final AtomicLong inside = new AtomicLong(NONE);
  private long owner = NONE; // read and written inside only

  /** One use, which ends when it is closed. */
  public final class Use implements AutoCloseable {
    private Use() {}

    @Override
    public void close() {
      inside.setRelease(NONE);
    }
  }

  /**
   * For one object.
   *
   * @param name what it is called in messages: "the window"
   */
  public SoleUse(String name) {
    this.name = name;
  }

  /**
   * Begins something new; the calling thread becomes the owner.
   *
   * @throws ConcurrentModificationException if another use is under way
   */
  public Use begin() {
    long me = enter();
    owner = me;
    return use;
  }

  /**
   * Goes on with what the calling thread began, or with an object nobody has used.
   *
   * @throws ConcurrentModificationException if another use is under way, or another thread has
   *     begun something since
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
      throw refusal();
    }
    return me;
  }

  private ConcurrentModificationException refusal() {
    return new ConcurrentModificationException(
        name + " is used by two threads at once; give each thread its own");
  }
}
