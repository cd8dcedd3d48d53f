package org.lm4j.text;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Logs a sentence where something takes longer than it should, if it is not closed before. */
final class WaitingNote implements AutoCloseable {
  private static final int SILENT_SECONDS = 1;

  private final CountDownLatch over = new CountDownLatch(1);

  /** Begins to wait. */
  WaitingNote(String sentence) {
    Thread thread = new Thread(() -> log(sentence), "waiting-note");
    thread.setDaemon(true);
    thread.start();
  }

  private void log(String sentence) {
    try {
      if (!over.await(SILENT_SECONDS, TimeUnit.SECONDS)) {
        System.getLogger(WaitingNote.class.getName()).log(System.Logger.Level.INFO, sentence);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    over.countDown();
  }
}
