package org.lm4j.backend.cuda.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.lm4j.compute.IdChecks;
import org.lm4j.tensor.Memory;
import org.lm4j.tensor.Tensor;

/**
 * The host's copies of token ids and other integers on the device, and the checks they are kept
 * for; see {@link CudaStorage}.
 */
public final class HostIds {
  private final CudaDevice device;

  /** Creates an empty record of the ids that a device holds. */
  public HostIds(CudaDevice device) {
    this.device = device;
  }

  /** Checks that each of {@code ids} lies in [0, limit), and that they belong to this device. */
  public void check(String operation, Tensor ids, int limit) {
    IdChecks.ids(operation, address(operation, ids), ids.size(), limit);
  }

  /** Checks targets in the same way; they may also be {@code ignore}. */
  public void checkTargets(String operation, Tensor targets, int limit, int ignore) {
    IdChecks.targets(operation, address(operation, targets), targets.size(), limit, ignore);
  }

  /** Returns the address of the host's copy of {@code ids}. */
  private long address(String operation, Tensor ids) {
    return device.own(operation, ids).ids().address() + ids.offset() * Integer.BYTES;
  }

  /** Returns the host's copy. */
  public int[] read(Tensor ids) {
    int[] values = new int[Math.toIntExact(ids.size())];
    MemorySegment.copy(
        Memory.ALL,
        address("download", ids),
        MemorySegment.ofArray(values),
        0,
        (long) values.length * Integer.BYTES);
    return values;
  }

  /** Notes ids that are uploaded. */
  public void write(Tensor target, int[] ids, int from, int count) {
    MemorySegment.copy(
        MemorySegment.ofArray(ids),
        (long) from * Integer.BYTES,
        Memory.ALL,
        address("upload", target),
        (long) count * Integer.BYTES);
  }

  /** Notes that ids are copied. */
  public void copy(Tensor source, Tensor target) {
    long bytes = source.size() * Integer.BYTES;
    MemorySegment.copy(
        Memory.ALL, address("copy", source), Memory.ALL, address("copy", target), bytes);
  }

  /** Notes that ids are set to one value. */
  public void fill(Tensor target, int value) {
    long at = address("fill", target);
    for (long i = 0; i < target.size(); i++) {
      Memory.ALL.set(ValueLayout.JAVA_INT, at + i * Integer.BYTES, value);
    }
  }
}
