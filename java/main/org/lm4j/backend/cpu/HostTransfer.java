package org.lm4j.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Memory;
import org.lm4j.tensor.Tensor;

/**
 * Copies values into and out of tensors of this backend, which lie in host memory themselves. The
 * other tensor's memory may be closed by another thread meanwhile, and is not touched by its
 * address.
 */
final class HostTransfer {
  private HostTransfer() {}

  static void ids(int[] ids, int from, int count, long target) {
    MemorySegment.copy(
        MemorySegment.ofArray(ids),
        (long) from * Integer.BYTES,
        Memory.ALL,
        target,
        (long) count * Integer.BYTES);
  }

  /** Copies bytes between tensors of one type and size. */
  static void copy(Tensor source, Tensor target) {
    long bytes = source.size() * source.dtype().bytes();
    MemorySegment.copy(Memory.ALL, source.address(), Memory.ALL, target.address(), bytes);
  }

  /** Copies {@code width} columns of matrices of as many rows as each other. */
  static void columns(Tensor source, int from, Tensor target, int to, int width) {
    Kernels.PLAIN_PACKING.copy(
        source.shape().dim(0),
        width,
        width,
        source.address() + (long) from * Float.BYTES,
        (long) source.shape().dim(1) * Float.BYTES,
        target.address() + (long) to * Float.BYTES,
        (long) target.shape().dim(1) * Float.BYTES);
  }

  static void fill(Tensor target, double value) {
    for (long i = 0; i < target.size(); i++) {
      target.set(i, value);
    }
  }

  static int[] ids(Tensor ids) {
    return ids.segment().toArray(JAVA_INT);
  }

  /** Copies all elements, rounded to the target's type. */
  static void convert(Tensor source, Tensor target) {
    if (source.dtype() == target.dtype()) {
      target.segment().copyFrom(source.segment());
      return;
    }
    long size = source.size();
    if (source.dtype() == DType.F32 && target.dtype() == DType.F64) {
      widen(size, source.segment(), target.segment());
      return;
    }
    for (long i = 0; i < size; i++) {
      target.set(i, source.get(i));
    }
  }

  /** Converts a token's logits to the sampler's doubles. */
  private static void widen(long n, MemorySegment from, MemorySegment to) {
    for (long i = 0; i < n; i++) {
      to.set(JAVA_DOUBLE, i * Double.BYTES, from.get(JAVA_FLOAT, i * Float.BYTES));
    }
  }
}
