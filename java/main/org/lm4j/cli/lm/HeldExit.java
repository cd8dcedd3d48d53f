package org.lm4j.cli.lm;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Holds the end of one of several processes, after Ctrl-C or another signal, until it has closed
 * its connection to the others: if one ends early, {@code mpirun} ends those that still save.
 */
final class HeldExit implements AutoCloseable {
  private static final int MAX_WAIT_SECONDS = 130; // a little more than saving may take

  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * Begins to hold.
   *
   * @param several whether this is one of several processes; nothing is held otherwise
   */
  HeldExit(boolean several) {
    if (several) {
      Runtime.getRuntime().addShutdownHook(new Thread(this::await, "hold-exit"));
    }
  }

  private void await() {
    try {
      boolean _ = closed.await(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets the process end. */
  @Override
  public void close() {
    closed.countDown();
  }
}
