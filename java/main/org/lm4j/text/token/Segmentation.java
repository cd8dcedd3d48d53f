package org.lm4j.text.token;

/**
 * How a text is divided into sequences, in training, evaluation and generation.
 *
 * @param unit of text that is one sequence
 * @param symbols around each sequence; for a stream they mean nothing
 * @param carry whether the hidden state is carried from one sequence to the next, else each begins
 *     from a zero state; always true for a stream
 */
public record Segmentation(TextUnit unit, Symbols symbols, boolean carry) {
  /** One endless text. */
  public static final Segmentation STREAM =
      new Segmentation(TextUnit.STREAM, Symbols.BOS_EOS, true);

  /** Independent lines, each between two line ends. */
  public static final Segmentation LINES = of(TextUnit.LINE);

  /** Makes all segmentations of a stream equal. */
  public Segmentation {
    if (unit == TextUnit.STREAM) {
      symbols = Symbols.BOS_EOS;
      carry = true;
    }
  }

  /** Returns the usual segmentation by a unit: both symbols, and a zero state before each. */
  public static Segmentation of(TextUnit unit) {
    return new Segmentation(unit, Symbols.BOS_EOS, false);
  }

  /** Returns a copy with other symbols. */
  public Segmentation withSymbols(Symbols other) {
    return new Segmentation(unit, other, carry);
  }

  /** Returns a copy that carries the state from one sequence to the next, or does not. */
  public Segmentation withCarry(boolean carried) {
    return new Segmentation(unit, symbols, carried);
  }

  /** Returns whether the text is one endless stream. */
  public boolean isStream() {
    return unit == TextUnit.STREAM;
  }

  /** Returns how many symbols a sequence has besides its own tokens, 0 to 2. */
  public int extra() {
    return (symbols.begin() ? 1 : 0) + (symbols.end() ? 1 : 0);
  }
}
