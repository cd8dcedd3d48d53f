package org.lm4j.text.token;

/**
 * The symbols around a sequence. Both are the line end: {@code <eos>} at word level, the newline at
 * the others. Before each line of a text a model reads the end of the line before it, so that the
 * same symbol ends one line and begins the next.
 */
public enum Symbols {
  /**
   * Nothing is read before a sequence, so that its first token is not predicted, nor is its end.
   */
  NONE("none"),
  /** Nothing is read before a sequence; its end is predicted. */
  EOS("eos"),
  /**
   * A line end is read before a sequence, so that its first token is predicted, and so is its end.
   */
  BOS_EOS("bos+eos");

  private final String label;

  Symbols(String label) {
    this.label = label;
  }

  /** Returns the name used on the command line and in files. */
  public String label() {
    return label;
  }

  /** Returns whether a line end is read before a sequence. */
  public boolean begin() {
    return this == BOS_EOS;
  }

  /** Returns whether the end of a sequence is predicted. */
  public boolean end() {
    return this != NONE;
  }

  /**
   * Returns the value with a label.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Symbols of(String label) {
    for (Symbols value : values()) {
      if (value.label.equals(label)) {
        return value;
      }
    }
    throw new IllegalArgumentException(
        "there is nothing called '%s' among the symbols".formatted(label));
  }
}
