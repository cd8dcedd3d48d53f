package org.lm4j.text.source;

import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that also closes its underlying resource. */
final class OwningStream extends FilterInputStream {
  private final Closeable owner;

  OwningStream(InputStream in, Closeable owner) {
    super(in);
    this.owner = owner;
  }

  @Override
  public void close() throws IOException {
    try (owner) {
      super.close();
    }
  }
}
