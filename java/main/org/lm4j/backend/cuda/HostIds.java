package org.lm4j.backend.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.lm4j.tensor.Memory;
import org.lm4j.tensor.Tensor;

/** The host's copies of token ids on the device; see {@link CudaStorage}. */
final class HostIds {
  private HostIds() {}

  /** Where the host's copy of {@code ids} begins. */
  static long address(CudaStorage storage, Tensor ids) {
    return storage.ids().address() + ids.offset() * Integer.BYTES;
  }

  static void write(CudaStorage storage, Tensor target, int[] ids, int from, int count) {
    MemorySegment.copy(
        MemorySegment.ofArray(ids),
        (long) from * Integer.BYTES,
        Memory.ALL,
        address(storage, target),
        (long) count * Integer.BYTES);
  }

  static void copy(CudaStorage from, Tensor source, CudaStorage to, Tensor target) {
    long bytes = source.size() * Integer.BYTES;
    MemorySegment.copy(Memory.ALL, address(from, source), Memory.ALL, address(to, target), bytes);
  }

  static void fill(CudaStorage storage, Tensor target, int value) {
    long at = address(storage, target);
    for (long i = 0; i < target.size(); i++) {
      Memory.ALL.set(ValueLayout.JAVA_INT, at + i * Integer.BYTES, value);
    }
  }
}
