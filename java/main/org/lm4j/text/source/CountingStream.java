package org.lm4j.text.source;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** Reports how many bytes are read. */
public final class CountingStream extends FilterInputStream {
  private final LongConsumer progress;

  public CountingStream(InputStream in, LongConsumer progress) {
    super(in);
    this.progress = progress;
  }

  @Override
  public int read() throws IOException {
    int octet = super.read();
    if (octet >= 0) {
      progress.accept(1);
    }
    return octet;
  }

  @Override
  public int read(byte[] target, int at, int count) throws IOException {
    int read = super.read(target, at, count);
    if (read > 0) {
      progress.accept(read);
    }
    return read;
  }
}
