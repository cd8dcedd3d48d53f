package org.lm4j.backend.cpu.code;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.CodePage;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;
import org.lm4j.tensor.HostStorage;

/** Products of many rows with one vector, in float32, by machine code. */
public final class CodeDots {
  private static final MethodHandle CALL = CodePage.call();

  private final MemorySegment code;
  private final int lanes;
  private final HostStorage signs; // of a whole vector, and a vector of zeros

  private CodeDots(int lanes) {
    VectorAssembler m = new VectorAssembler(lanes * Float.BYTES);
    DotsCode.write(m);
    this.code = CodePage.of(m.code()).at(0);
    this.lanes = lanes;
    this.signs = new HostStorage(2L * lanes * Integer.BYTES);
    for (int i = 0; i < lanes; i++) {
      signs.segment().setAtIndex(ValueLayout.JAVA_INT, i, -1);
    }
  }

  /**
   * Returns the products, or null where {@link CodeTiles#float32} has none, for the same reason.
   *
   * @param lanes floats of a vector, which the order of the additions depends on: 8 or 16
   */
  public static @Nullable CodeDots of(int lanes) {
    if (CodeTiles.float32(lanes).tiles() == null) {
      return null;
    }
    try {
      return new CodeDots(lanes);
    } catch (NativeException e) { // the tiles took the last memory
      return null;
    }
  }

  /**
   * {@code out[i] = w[i] · x} for the {@code count} rows {@code w[i]} of {@code k} floats, one
   * after the other in memory. Lane {@code l} of a vector adds up the products of elements {@code
   * l}, {@code l + lanes}, ..., each rounded once with its sum; then halves of the lanes are added
   * to halves, down to four, of which 0 and 2 are added, 1 and 3, and both sums.
   */
  public void dots(int count, int k, long w, long x, long out) {
    int rest = k % lanes;
    long mask =
        rest == 0
            ? 0
            : lanes == 16
                ? (1L << rest) - 1
                : signs.address() + (long) (lanes - rest) * Integer.BYTES;
    long whole = (long) (k - rest) * Float.BYTES;
    long rowBytes = (long) k * Float.BYTES;
    try {
      long ignored =
          (long) CALL.invokeExact(code, (long) count, whole, w, x, out, rowBytes, mask, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("dots", t);
    }
  }
}
