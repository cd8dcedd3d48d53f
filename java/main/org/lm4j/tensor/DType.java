package org.lm4j.tensor;

/** The element types a tensor can have. */
public enum DType {
  /** IEEE 754 single precision, in which the fast backends compute. */
  F32(4),
  /** IEEE 754 double precision, in which the reference backend computes. */
  F64(8),
  /** 32-bit signed integers: token ids, so that a corpus can stay on a device. */
  I32(4);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Returns the size of one element in bytes. */
  public int bytes() {
    return bytes;
  }
}
