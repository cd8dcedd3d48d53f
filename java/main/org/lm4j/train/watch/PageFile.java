package org.lm4j.train.watch;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.lm4j.io.AtomicFile;

/**
 * The file of a live page, written again while the run changes it, whole each time. A separate
 * thread writes it, so that training does not wait for the disk; and where it cannot be written,
 * training continues.
 */
public final class PageFile implements AutoCloseable {
  private static final long INTERVAL_NANOS = 2_000_000_000L;

  private final Path file;
  private final LivePage page;
  private final Consumer<String> problems;
  private final Thread thread;
  private long written = -1; // version
  private boolean failing;
  private volatile boolean closed;

  /**
   * Begins to write a page.
   *
   * @param problems receives a sentence if the file cannot be written, in any thread
   */
  public PageFile(Path file, LivePage page, Consumer<String> problems) {
    this.file = file;
    this.page = page;
    this.problems = problems;
    write();
    this.thread = Thread.ofPlatform().daemon().name("lm4j-page").start(this::work);
  }

  private void work() {
    while (!closed) {
      LockSupport.parkNanos(this, INTERVAL_NANOS);
      if (!closed) {
        write();
      }
    }
  }

  private synchronized void write() {
    long version = page.version();
    if (version == written) {
      return;
    }
    try {
      AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
      written = version;
      failing = false;
    } catch (UncheckedIOException e) {
      report(Objects.requireNonNullElse(e.getMessage(), "the page cannot be written"));
    } catch (RuntimeException e) { // whatever it is, no reason to end a training
      report("the page cannot be drawn: " + e);
    }
  }

  private void report(String problem) {
    if (!failing) {
      problems.accept(problem + "; training continues without it");
    }
    failing = true;
  }

  /** Writes the page as it is now, for the last time. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    write();
  }
}
