package org.lm4j.backend.cuda.device;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Releases what was opened, last first, even where one release fails. */
public final class Closers {
  private final Deque<Runnable> closers = new ArrayDeque<>(); // last opened first

  /** Creates an empty list. */
  public Closers() {}

  /** Adds the release of what has been opened. */
  public void add(Runnable closer) {
    closers.push(closer);
  }

  /** Forgets everything without releasing it. */
  void clear() {
    closers.clear();
  }

  /** Releases everything; the first exception is thrown at the end, with later ones suppressed. */
  public void run() {
    RuntimeException first = release(null);
    if (first != null) {
      throw first;
    }
  }

  /** Releases everything after a failure, which suppresses the exceptions. */
  public void runAfter(RuntimeException failure) {
    release(failure);
  }

  private @Nullable RuntimeException release(@Nullable RuntimeException before) {
    RuntimeException first = before;
    while (!closers.isEmpty()) {
      try {
        closers.pop().run();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    return first;
  }
}
