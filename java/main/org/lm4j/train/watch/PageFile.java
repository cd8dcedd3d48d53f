package org.lm4j.train.watch;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.lm4j.chart.Page;
import org.lm4j.io.AtomicFile;

/**
 * The file of a live page, written again while the run changes it, whole each time, and once a
 * minute where nothing changes, so that a viewer sees whether the run is still there. A separate
 * thread writes it, so that training does not wait for the disk; and where it cannot be written,
 * training continues.
 */
public final class PageFile implements AutoCloseable {
  private static final long INTERVAL_NANOS = 2_000_000_000L;
  private static final long SIGN_OF_LIFE_NANOS = 1_000_000_000L * Page.QUIET_SECONDS / 3;

  private final Path file;
  private final LivePage page;
  private final Consumer<String> problems;
  private final Thread thread;
  private final long interval;
  private final long most; // nanoseconds between two writes
  private long written = -1; // version
  private long writtenAt;
  private boolean failing;
  private volatile boolean closed;

  /**
   * Begins to write a page.
   *
   * @param problems receives a sentence if the file cannot be written, in any thread
   */
  public PageFile(Path file, LivePage page, Consumer<String> problems) {
    this(file, page, problems, INTERVAL_NANOS, SIGN_OF_LIFE_NANOS);
  }

  PageFile(Path file, LivePage page, Consumer<String> problems, long interval, long most) {
    this.file = file;
    this.interval = interval;
    this.most = most;
    this.page = page;
    this.problems = problems;
    write();
    this.thread = Thread.ofPlatform().daemon().name("lm4j-page").start(this::work);
  }

  private void work() {
    while (!closed) {
      LockSupport.parkNanos(this, interval);
      if (!closed) {
        write();
      }
    }
  }

  private synchronized void write() {
    long version = page.version();
    if (version == written && (closed || System.nanoTime() - writtenAt < most)) {
      return;
    }
    try {
      AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
      written = version;
      writtenAt = System.nanoTime();
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
