package org.lm4j.backend.cuda.device;

import java.util.concurrent.locks.LockSupport;
import org.lm4j.backend.cuda.driver.CudaStreams;

/**
 * Waits for a stream whose work may never be done, because it depends on other processes: while it
 * waits, it asks again and again whether the work can still be done.
 */
final class StreamWatch implements AutoCloseable {
  private static final int SPINS = 1000; // before the processor is given up
  private static final long PAUSE_NANOS = 20_000;
  private static final long CHECK_NANOS = 100_000_000;

  private static final int MARKS = 4; // at most, that are not done

  private final CudaStreams streams;
  private final long stream;
  private final Runnable check;
  private final long[] events = new long[MARKS];
  private long marks; // so far

  /**
   * Creates a watch.
   *
   * @param check throws if the work cannot be done any more
   */
  StreamWatch(CudaStreams streams, long stream, Runnable check) {
    this.streams = streams;
    this.stream = stream;
    this.check = check;
    for (int i = 0; i < MARKS; i++) {
      events[i] = streams.createEvent(CudaStreams.CU_EVENT_DISABLE_TIMING);
    }
  }

  /** Marks what was issued so far, once the oldest of some marks is done. */
  void mark() {
    long event = events[(int) (marks % MARKS)];
    await(event);
    streams.record(event, stream);
    marks++;
  }

  /** Waits until what was marked last is done. */
  void await() {
    if (marks > 0) {
      await(events[(int) ((marks - 1) % MARKS)]);
    }
  }

  /** Waits for an event; one that was never recorded has happened. */
  private void await(long event) {
    long next = System.nanoTime() + CHECK_NANOS;
    for (int spins = 0; !streams.happened(event); spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
        continue;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
      if (System.nanoTime() - next > 0) {
        check.run();
        next = System.nanoTime() + CHECK_NANOS;
      }
    }
    check.run();
  }

  @Override
  public void close() {
    for (long event : events) {
      streams.destroyEvent(event);
    }
  }
}
