package org.lm4j.tensor;

/** The element types a tensor can have. */
public enum DType {
  /** IEEE 754 single precision: what the fast backends compute in. */
  F32(4),
  /** IEEE 754 double precision: what the reference backend computes in. */
  F64(8),
  /** 32-bit signed integers: token ids, so that a corpus can stay on a device. */
  I32(4);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }
}
