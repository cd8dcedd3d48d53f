package org.lm4j.cli.report;

import java.io.PrintWriter;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.task.lm.Evaluator;

/** Shows how much of a text has been scored, once that takes longer than a moment. */
public final class ScoringProgress implements Evaluator.ProgressListener {
  private static final long SILENT_NANOS = 2_000_000_000L;

  private final ProgressLine line;
  private final long begun = System.nanoTime();

  public ScoringProgress(PrintWriter err, Terminal terminal) {
    this.line = new ProgressLine(err, terminal);
  }

  @Override
  public void windows(long done, long total) {
    if (done == total) {
      line.close();
    } else if (System.nanoTime() - begun > SILENT_NANOS) {
      line.update(() -> "scored %d %%".formatted(100 * done / total));
    }
  }
}
