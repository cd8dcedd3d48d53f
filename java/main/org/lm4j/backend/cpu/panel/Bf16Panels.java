package org.lm4j.backend.cpu.panel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.lm4j.tensor.Memory.ALL;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.code.CodeTiles;
import org.lm4j.backend.cpu.kernel.Bf16;
import org.lm4j.backend.cpu.kernel.choice.Kernels;

/**
 * Factors rounded to {@link Bf16}, two elements in each word; products and sums are float32.
 *
 * <p>A block of depth {@code d} is {@code P = ⌈d / 2⌉} steps. Step {@code p} has element {@code p}
 * in the lower half of its words and element {@code p + P} in the upper half, which is zero where
 * there is none: so rows are paired without moving elements within a vector. Each step is two fused
 * multiply-adds, the upper halves' first:
 *
 * <pre>{@code sum = low · low' + (high · high' + sum)}</pre>
 *
 * <p>That is the order in which AMD's processors compute {@code vdpbf16ps}, and the emulation keeps
 * it, so that the bits are equal wherever no intermediate result is denormal, which the instruction
 * makes zero.
 */
public final class Bf16Panels implements Panels {
  private static final int DEPTH = 1024; // a panel of it is a part of the L2 cache
  private static final int CODE_LANES = 16;
  private static final String EMULATED = "bf16 products, emulated: slower than float32 on this CPU";

  private final @Nullable CodeTiles code; // null to emulate them
  private final Bf16Tile tile;
  private final String description;
  private final String missing;

  private Bf16Panels(CodeTiles code) {
    this.code = code;
    this.tile = code::panel;
    this.description = "bf16 products (vdpbf16ps)";
    this.missing = "";
  }

  private Bf16Panels(String missing) {
    this.code = null;
    this.tile = new EmulatedTile();
    this.description = EMULATED;
    this.missing = missing;
  }

  /** Returns products by the processor's instruction where it can be used, else emulated. */
  public static Bf16Panels fastest() {
    CodeTiles.Found found = CodeTiles.bf16();
    CodeTiles tiles = found.tiles();
    if (tiles == null) {
      return new Bf16Panels(found.missing());
    }
    if (Kernels.GATES.lanes() != CODE_LANES) {
      return new Bf16Panels("Java computes in vectors of other than 16 floats");
    }
    return new Bf16Panels(tiles);
  }

  /** Returns products emulated by float32 kernels, which has the same bits. */
  public static Bf16Panels emulated() {
    return new Bf16Panels("it is not asked for");
  }

  /** Returns the reason why products are emulated, to follow "since"; empty if they are not. */
  public String missing() {
    return missing;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public boolean converts() {
    return true;
  }

  @Override
  public boolean adds() {
    return true;
  }

  @Override
  public int mostDepth() {
    return DEPTH;
  }

  @Override
  public int steps(int depth) {
    return (depth + 1) / 2;
  }

  @Override
  public long left(int rows, int depth, long source, long sourceBytes, long buffer) {
    int steps = steps(depth);
    int full = depth - steps;
    long bytes = (long) steps * Integer.BYTES;
    long high = source + bytes;
    Kernels.bf16().pairs(rows, full, full, source, high, sourceBytes, buffer, bytes);
    if (full < steps) {
      long last = (long) full * Integer.BYTES;
      Kernels.bf16().pairs(rows, 1, 1, source + last, 0, sourceBytes, buffer + last, bytes);
    }
    return buffer;
  }

  @Override
  public void columns(
      int depth, int valid, int padded, long source, long sourceBytes, long target, long bytes) {
    int steps = steps(depth);
    int full = depth - steps;
    long high = source + steps * sourceBytes;
    Kernels.bf16().pairs(full, valid, padded, source, high, sourceBytes, target, bytes);
    if (full < steps) {
      long low = source + full * sourceBytes;
      Kernels.bf16().pairs(1, valid, padded, low, 0, 0, target + full * bytes, bytes);
    }
  }

  @Override
  public void groups(
      int count, int depth, long source, long sourceBytes, long target, long groupBytes) {
    int steps = steps(depth);
    int full = depth - steps;
    long high = source + steps * sourceBytes;
    Kernels.bf16().groups(count, full, source, high, sourceBytes, target, groupBytes);
    if (full < steps) {
      long rowBytes = (long) Kernels.GATES.lanes() * Integer.BYTES;
      long low = source + full * sourceBytes;
      Kernels.bf16().groups(count, 1, low, 0, 0, target + full * rowBytes, groupBytes);
    }
  }

  @Override
  public void transposed(
      int count, int depth, long source, long sourceBytes, long target, long bytes, long scratch) {
    int steps = steps(depth);
    int lanes = Kernels.GATES.lanes();
    long rowBytes = (long) steps * Integer.BYTES;
    left(count, depth, source, sourceBytes, scratch);
    if (Kernels.VECTORISED && steps >= lanes) { // whole vectors, which keep any bits
      Kernels.PACKING.transpose(count, steps, scratch, rowBytes, target, bytes);
      return;
    }
    for (int step = 0; step < steps; step++) {
      for (int lane = 0; lane < lanes; lane++) {
        long from = scratch + lane * rowBytes + (long) step * Integer.BYTES;
        int word = lane < count ? ALL.get(JAVA_INT_UNALIGNED, from) : 0;
        ALL.set(JAVA_INT_UNALIGNED, target + step * bytes + (long) lane * Integer.BYTES, word);
      }
    }
  }

  @Override
  public long scratchWords(int depth) {
    return (long) Kernels.GATES.lanes() * steps(depth);
  }

  @Override
  public void multiply(
      int vectors,
      int rows,
      int steps,
      long left,
      long rowBytes,
      long stepBytes,
      long panel,
      long start,
      boolean add,
      long c,
      long cBytes) {
    tile.panel(vectors, rows, steps, left, rowBytes, stepBytes, panel, start, add, c, cBytes);
  }

  @Override
  public void row(
      int panels, int steps, long left, long panel, long start, long startBytes, long c) {
    if (code == null) {
      Panels.super.row(panels, steps, left, panel, start, startBytes, c);
    } else {
      code.row(panels, steps, left, panel, start, startBytes, c);
    }
  }
}
