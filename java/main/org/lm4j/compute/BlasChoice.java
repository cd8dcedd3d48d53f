package org.lm4j.compute;

import java.util.Locale;

/** The library or kernels that multiply matrices on the CPU. */
public enum BlasChoice {
  /**
   * Large products by OpenBLAS where it is at least as fast, by a fixed rule, and all others by
   * Java kernels; Java kernels for everything where there is no OpenBLAS. {@code lm doctor} shows
   * the rule.
   */
  AUTO,
  /** Every product, the recurrent ones too, is a call of OpenBLAS or of the user's own CBLAS. */
  OPENBLAS,
  /** Java kernels alone; no library is opened. */
  JAVA;

  /** Returns the name users write: {@code auto}, {@code openblas}, {@code java}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
