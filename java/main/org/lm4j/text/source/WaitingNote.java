package org.lm4j.text.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Logs a message when an operation takes longer than expected. */
final class WaitingNote {
  private static final int SILENT_SECONDS = 1;

  private final CountDownLatch over = new CountDownLatch(1);

  private WaitingNote() {}

  /** An operation that may take long. */
  interface Opening {
    InputStream open() throws IOException;
  }

  /** Runs the operation, and logs the sentence if it takes more than a second. */
  static InputStream whileOpening(String sentence, Opening opening) throws IOException {
    WaitingNote note = new WaitingNote();
    Thread thread = new Thread(() -> note.log(sentence), "waiting-note");
    thread.setDaemon(true);
    thread.start();
    try {
      return opening.open();
    } finally {
      note.over.countDown();
    }
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
}
