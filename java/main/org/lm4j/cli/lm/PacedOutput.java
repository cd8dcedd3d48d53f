package org.lm4j.cli.lm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.LongSupplier;

/**
 * Passes a text on as it is flushed, piece by piece, unless it has just done so: a call of the
 * system for each token would take small models half their time. A piece waits for the next one
 * that comes {@link #PAUSE_NANOS} after the last, or for {@link #close}.
 */
final class PacedOutput extends OutputStream {
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

  @Override
  public void write(int b) {
    waiting.write(b);
  }

  @Override
  public void write(byte[] bytes, int from, int count) {
    waiting.write(bytes, from, count);
  }

  @Override
  public void flush() throws IOException {
    long now = clock.getAsLong();
    if (now - written >= PAUSE_NANOS) {
      pass();
      written = now;
    }
  }

  private void pass() throws IOException {
    byte[] bytes = waiting.toByteArray();
    waiting.reset(); // also where writing fails: no byte is written twice
    sink.write(bytes);
    sink.flush();
  }

  /** Passes on what waits; the sink stays open. */
  @Override
  public void close() throws IOException {
    if (waiting.size() > 0) {
      pass();
    }
  }
}
