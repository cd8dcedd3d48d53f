package org.lm4j.cli.report;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.lm4j.train.Trainer;

/**
 * On Ctrl-C a run is asked to end, and the process waits for the step to end and everything to be
 * saved.
 */
final class SavingOnInterrupt {
  private static final int MAX_WAIT_SECONDS = 120;

  private final CountDownLatch saved = new CountDownLatch(1);

  SavingOnInterrupt(Trainer trainer) {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> stopAndWait(trainer), "save-on-interrupt"));
  }

  private void stopAndWait(Trainer trainer) {
    trainer.requestStop();
    try {
      if (!saved.await(MAX_WAIT_SECONDS, TimeUnit.SECONDS)) {
        System.getLogger(SavingOnInterrupt.class.getName())
            .log(System.Logger.Level.WARNING, "the step took too long; not saved");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Reports that everything is saved, so that the process need not wait any longer. */
  void done() {
    saved.countDown();
  }
}
