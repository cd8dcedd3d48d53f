package org.lm4j.serve.engine;

/** Thrown for a text that cannot wait, since as many as may do so are waiting already. */
public final class BusyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BusyException(int waiting) {
    super("%,d texts are waiting already: try again later".formatted(waiting));
  }
}
