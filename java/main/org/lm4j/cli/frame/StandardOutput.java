package org.lm4j.cli.frame;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that remembers its first failure: a {@link java.io.PrintWriter} on top of it
 * would keep silent about a full disk, and the user would take half a result for a whole one.
 */
public final class StandardOutput extends OutputStream {
  private final OutputStream out;
  private volatile @Nullable Failure failure;

  /** A failure to write, described in a sentence. */
  public static final class Failure extends IOException {
    private static final long serialVersionUID = 1;

    Failure(IOException cause) {
      super("cannot write to standard output: " + cause.getMessage(), cause);
    }
  }

  public StandardOutput() {
    this(new FileOutputStream(FileDescriptor.out));
  }

  public StandardOutput(OutputStream out) {
    this.out = out;
  }

  /** Returns the first failure, or null. */
  public @Nullable Failure failure() {
    return failure;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    try {
      out.write(bytes, from, count);
    } catch (IOException e) {
      throw remembered(e);
    }
  }

  @Override
  public void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw remembered(e);
    }
  }

  private Failure remembered(IOException e) {
    Failure known = failure;
    if (known == null) {
      known = new Failure(e);
      failure = known;
    }
    return known;
  }
}
