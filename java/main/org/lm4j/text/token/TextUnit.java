package org.lm4j.text.token;

/** The unit of text that a language model sees as one sequence. */
public enum TextUnit {
  /** The whole text is one sequence. */
  STREAM("stream"),
  /** Each line is a sequence, independent of the others. */
  LINE("line"),
  /** Lines up to the next empty line are a sequence, independent of the others. */
  DOCUMENT("document");

  private final String label;

  TextUnit(String label) {
    this.label = label;
  }

  /** Returns the name used on the command line and in files. */
  public String label() {
    return label;
  }

  /**
   * Returns the value with a label.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static TextUnit of(String label) {
    for (TextUnit value : values()) {
      if (value.label.equals(label)) {
        return value;
      }
    }
    throw new IllegalArgumentException(
        "there is nothing called '%s' among the units of text".formatted(label));
  }
}
