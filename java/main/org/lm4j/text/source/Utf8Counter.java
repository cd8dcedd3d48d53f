package org.lm4j.text.source;

/**
 * Counts characters in arbitrary bytes: each well-formed UTF-8 sequence is one, and so is each byte
 * outside of one.
 */
public final class Utf8Counter {
  private long characters;
  private int begun; // bytes of the current sequence
  private int missing; // bytes it still needs
  private int lowest; // bounds of its next byte
  private int highest;
  private long seen;
  private boolean firstIsWhole;

  /** Creates a counter at the beginning of a text. */
  public Utf8Counter() {}

  /** Counts the next byte, in 0..255. */
  public void add(int octet) {
    if (missing > 0 && octet >= lowest && octet <= highest) {
      begun++;
      lowest = 0x80;
      highest = 0xBF;
      if (--missing == 0) {
        characters++;
        begun = 0;
      }
      seen++;
      return;
    }
    finish();
    seen++;
    begun = 1;
    missing = octet < 0xC2 || octet > 0xF4 ? 0 : octet < 0xE0 ? 1 : octet < 0xF0 ? 2 : 3;
    lowest = octet == 0xE0 ? 0xA0 : octet == 0xF0 ? 0x90 : 0x80;
    highest = octet == 0xED ? 0x9F : octet == 0xF4 ? 0x8F : 0xBF;
    if (missing == 0) {
      finish();
    }
  }

  /** Ends the text: each byte of an incomplete sequence counts as one character. */
  public void finish() {
    if (begun > 0 && seen == begun) {
      firstIsWhole = true;
    }
    characters += begun;
    begun = 0;
    missing = 0;
  }

  /** Returns the number of characters so far. */
  public long characters() {
    return characters;
  }

  /** Returns whether the first byte is a character by itself; valid after {@link #finish}. */
  public boolean firstIsWhole() {
    return firstIsWhole;
  }
}
