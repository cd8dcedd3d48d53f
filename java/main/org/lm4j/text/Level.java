package org.lm4j.text;

import org.lm4j.InputException;

/** The unit of tokenization: a character, a byte, a word or a subword. */
public enum Level {
  /** One Unicode code point. */
  CHAR("char"),
  /** One byte. */
  BYTE("byte"),
  /** One whitespace-separated word, or the end of a line. */
  WORD("word"),
  /** A piece that a {@link org.lm4j.text.subword.SubwordTokenizer} cuts, such as byte-level BPE. */
  SUBWORD("subword");

  private final String label;

  Level(String label) {
    this.label = label;
  }

  /** Returns the name used on the command line and in files. */
  public String label() {
    return label;
  }

  /**
   * Returns the level with this label.
   *
   * @throws InputException when there is none
   */
  public static Level of(String label) {
    for (Level level : values()) {
      if (level.label.equals(label)) {
        return level;
      }
    }
    throw new InputException(
        "The level '" + label + "' is unknown; take char, byte, word or subword.");
  }
}
