package org.lm4j.cli.report;

import java.io.PrintWriter;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.source.SkippedFiles;

/** Shows how much of a large corpus has been read. */
public final class ReadingProgress implements CorpusBuilder.Progress {
  private static final long SILENT_BELOW = 32L << 20; // bytes: shorter texts are read at once

  private final PrintWriter err;
  private final ProgressLine line;

  public ReadingProgress(PrintWriter err, Terminal terminal) {
    this.err = err;
    this.line = new ProgressLine(err, terminal);
  }

  @Override
  public void read(long bytes, long total) {
    if (bytes < SILENT_BELOW) {
      return;
    }
    if (total > 0 && bytes >= total) {
      line.close();
      return;
    }
    line.update(
        () ->
            total > 0
                ? "reading the corpus: %d of %d MiB".formatted(bytes >> 20, total >> 20)
                : "reading the corpus: %d MiB".formatted(bytes >> 20));
  }

  @Override
  public void learned(int size, int wanted) {
    if (size == wanted) {
      line.close();
      return;
    }
    line.update(() -> "learning subwords: %,d of %,d".formatted(size, wanted));
  }

  /** Says what was found in folders and archives and not read, if there is any. */
  @Override
  public void skipped(SkippedFiles files) {
    if (files.total() > 0) {
      String noun = files.total() == 1 ? "file" : "files";
      err.printf("skipped %,d %s: %s%n", files.total(), noun, files.summary());
    }
  }
}
