package org.lm4j.task.lm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;

/**
 * Writes a text piece by piece as it comes, and at once unless it has just done so: a call of the
 * system for each token would take small models a fifth of their time. A piece waits for the next
 * one that comes {@link #PAUSE_NANOS} after the last writing, or for the end of the text.
 */
final class PacedOutput implements AutoCloseable {
  static final long PAUSE_NANOS = 5_000_000;

  private final OutputStream sink;
  private final LongSupplier clock;
  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();
  private long written;

  PacedOutput(OutputStream sink) {
    this(sink, System::nanoTime);
  }

  /** Creates an output with a clock, in nanoseconds. */
  PacedOutput(OutputStream sink, LongSupplier clock) {
    this.sink = sink;
    this.clock = clock;
    this.written = clock.getAsLong() - PAUSE_NANOS;
  }

  /** Adds a piece whose characters are bytes. */
  void add(String latin) {
    if (latin.isEmpty()) {
      return;
    }
    waiting.writeBytes(latin.getBytes(StandardCharsets.ISO_8859_1));
    long now = clock.getAsLong();
    if (now - written >= PAUSE_NANOS) {
      write();
      written = now;
    }
  }

  private void write() {
    byte[] bytes = waiting.toByteArray();
    waiting.reset(); // also where writing fails: no byte is written twice
    try {
      sink.write(bytes);
      sink.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes what waits; the sink stays open. */
  @Override
  public void close() {
    if (waiting.size() > 0) {
      write();
    }
  }
}
