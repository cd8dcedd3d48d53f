package org.lm4j.compute;

/** The transposition of the operands of a matrix product: N as stored, T transposed. */
public enum GemmOp {
  /** {@code a · b}. */
  NN(false, false),
  /** {@code a · bᵀ}. */
  NT(false, true),
  /** {@code aᵀ · b}. */
  TN(true, false),
  /** {@code aᵀ · bᵀ}. */
  TT(true, true);

  private final boolean transposeA;
  private final boolean transposeB;

  GemmOp(boolean transposeA, boolean transposeB) {
    this.transposeA = transposeA;
    this.transposeB = transposeB;
  }

  /** Returns whether the first operand is stored transposed. */
  public boolean transposeA() {
    return transposeA;
  }

  /** Returns whether the second operand is stored transposed. */
  public boolean transposeB() {
    return transposeB;
  }
}
