package org.lm4j.backend.cpu.job;

import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.Kernels;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.panel.Panels;
import org.lm4j.tensor.HostStorage;

/**
 * Products by register tiles: each thread packs one panel of the right side after the other, and
 * lets all its rows of the left side run over it while it stays in the L2 cache. The blocking is
 * that of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), with
 * the roles of the two sides exchanged.
 */
public final class PackedGemm extends GemmJob implements AutoCloseable {
  private static final int MERGED_ROWS = 32; // of a tile that is added to C
  private static final int FEW_ROWS = 4; // fewer do not pay for packing
  private static final int FEW_PANELS = 8; // of a thread: so few that one more or less matters
  private static final int CONVERTED_WORDS = 1 << 18; // of rows of A: the L2 cache holds them
  private static final int KEPT_WORDS = 1 << 20; // of converted panels: the cores' common cache
  private static final int CONVERTED_ROWS = 512; // at least, to pay for packing a panel for each

  private final int lanes = Kernels.GATES.lanes();
  private final int width = ProductKernels.PANEL_VECTORS * lanes; // of a wide panel
  private final long zeros = ProductKernels.ZEROS.address();
  private final int groupsAtOnce = Math.max(1, 256 / lanes); // of packed rows of A
  private final Panels numbers;
  private final int mostDepth; // of a block
  private final Workspace[] workspaces;

  private boolean byRows;
  private boolean direct;
  private final PanelLayout layout = new PanelLayout(lanes);
  private int cuts = 1; // of a panel, by rows, where threads share panels
  private long packed; // of the whole right side, or 0
  private int gates = 1;
  private long bias; // (n), added to each row of the result, or 0
  private long columnSums; // (m) of a left side to be transposed, added to; or 0

  /** One thread's memory. */
  private final class Workspace {
    final HostStorage storage;
    final long panel; // (steps of a block, width)
    final long tile; // (MERGED_ROWS, width)
    final long left; // groups of rows of A, (steps of a block, lanes) each
    final long bias; // (width), of the last panel
    final long scratch; // for panels of a transposed B
    private HostStorage converted = new HostStorage(0); // rows of A

    Workspace() {
      int steps = numbers.steps(mostDepth);
      long panelBytes = (long) steps * width * Float.BYTES;
      long tileBytes = (long) MERGED_ROWS * width * Float.BYTES;
      long leftBytes = (long) steps * lanes * groupsAtOnce * Float.BYTES;
      long biasBytes = (long) width * Float.BYTES;
      long scratchBytes = numbers.scratchWords(mostDepth) * Float.BYTES;
      storage = new HostStorage(panelBytes + tileBytes + leftBytes + biasBytes + scratchBytes);
      panel = storage.address();
      tile = panel + panelBytes;
      left = tile + tileBytes;
      bias = left + leftBytes;
      scratch = bias + biasBytes;
    }

    /** Memory for so many words of converted rows. */
    long converted(long words) {
      long bytes = words * Float.BYTES;
      if (converted.byteSize() < bytes) {
        converted.close();
        converted = new HostStorage(bytes);
      }
      return converted.address();
    }

    void close() {
      storage.close();
      converted.close();
    }
  }

  /** Of float32. */
  public PackedGemm(WorkerTeam team) {
    this(team, Panels.FLOAT32);
  }

  /** Of factors in other numbers. */
  public PackedGemm(WorkerTeam team, Panels numbers) {
    super(team);
    this.numbers = numbers;
    this.mostDepth = numbers.mostDepth();
    workspaces = new Workspace[team.size()];
    for (int i = 0; i < workspaces.length; i++) {
      workspaces[i] = new Workspace();
    }
  }

  @Override
  public GemmJob operands(
      boolean transposeA, long atA, int strideA, boolean transposeB, long atB, int strideB) {
    packed = 0;
    gates = 1;
    bias = 0;
    columnSums = 0;
    return super.operands(transposeA, atA, strideA, transposeB, atB, strideB);
  }

  /** The left side as it lies, {@code (m, k)}, and all panels of the right side. */
  public GemmJob packed(long atA, int strideA, long atPanels) {
    operands(false, atA, strideA, false, 0, 0);
    packed = atPanels;
    return this;
  }

  /**
   * Returns an affine layer: the right side transposed, and {@code (n)} to be added to each row.
   */
  GemmJob affine(long atA, int strideA, long atB, int strideB, long atBias) {
    operands(false, atA, strideA, true, atB, strideB);
    bias = atBias;
    return this;
  }

  /** The left side transposed; the sums of its columns are added to {@code atSums (m)}. */
  GemmJob withColumnSums(long atA, int strideA, long atB, int strideB, long atSums) {
    operands(true, atA, strideA, false, atB, strideB);
    columnSums = atSums;
    return this;
  }

  /**
   * Returns the left side transposed, its columns being gates in the order of {@link GateShape};
   * the rows of the result lie gate by gate.
   */
  public GemmJob gateRows(long atA, int strideA, int gateCount, long atB, int strideB) {
    operands(true, atA, strideA, false, atB, strideB);
    gates = gateCount;
    return this;
  }

  @Override
  void share() {
    direct =
        m < FEW_ROWS && !transA && transB && packed == 0 && ldb == k && alpha == 1 && beta == 0;
    long work = (long) m * n * k / lanes;
    if (direct) {
      byRows = false;
      start(n, lanes, work);
      return;
    }
    if (packed == 0 && !numbers.converts() && Kernels.PRODUCTS.prefersNarrow()) {
      layout.cutNarrow(n);
    } else {
      layout.cut(n, packed != 0); // panels packed before are wide
    }
    int panelCount = layout.count();
    int threads = workspaces.length;
    boolean uneven = panelCount % threads != 0 && panelCount < FEW_PANELS * threads;
    cuts = uneven && m >= 4 * FEW_ROWS ? 2 : 1;
    // Half cycles per unit of depth: what a panel costs to pack beside what its rows cost.
    long packing = packed != 0 ? 0 : transB ? 50 : 16;
    int rowsOfOne = (m + threads - 1) / threads;
    int cutsOfOne = (panelCount * cuts + threads - 1) / threads;
    int packedByOne = (cutsOfOne + cuts - 1) / cuts;
    long byColumns = packedByOne * packing + 4L * m * cutsOfOne / cuts;
    byRows = panelCount * (packing + 4L * rowsOfOne) < byColumns || transA;
    if (transA) {
      int groups = gates * ((m / gates + lanes - 1) / lanes);
      start(groups, gates, work);
    } else if (byRows) {
      start(m, 2, work);
    } else {
      start((long) panelCount * cuts, 1, work);
    }
  }

  @Override
  protected void slice(long from, long to) {
    throw new IllegalStateException("needs the memory of a thread");
  }

  @Override
  protected void slice(int part, long from, long to) {
    if (direct) {
      dots((int) from, (int) to);
      return;
    }
    Workspace w = workspaces[part];
    boolean whole = packed != 0 && numbers.converts(); // as its pairs of elements were packed
    int blocks = whole ? 1 : (k + mostDepth - 1) / mostDepth;
    for (int block = 0; block < blocks; block++) {
      int first = (int) ((long) k * block / blocks);
      int depth = (int) ((long) k * (block + 1) / blocks) - first;
      if (transA) {
        packedRows(w, (int) from, (int) to, first, depth);
      } else if (byRows) {
        plainRows(w, (int) from, (int) to, 0, layout.count(), first, depth);
      } else {
        partsOfPanels(w, (int) from, (int) to, first, depth);
      }
    }
  }

  private void dots(int from, int to) {
    for (int row = 0; row < m; row++) {
      Kernels.PRODUCTS.dots(
          to - from,
          k,
          b + (long) from * ldb * Float.BYTES,
          a + (long) row * lda * Float.BYTES,
          c + ((long) row * ldc + from) * Float.BYTES);
      if (bias != 0) {
        long at = (long) from * Float.BYTES;
        Kernels.ELEMENTS.axpy(to - from, 1, bias + at, c + (long) row * ldc * Float.BYTES + at);
      }
    }
  }

  /** Where each panel is cut into {@link #cuts} parts by rows: some of these. */
  private void partsOfPanels(Workspace w, int from, int to, int first, int depth) {
    for (int part = from; part < to; ) {
      int p = part / cuts;
      boolean whole = part % cuts == 0 && to - part >= cuts;
      int end = whole ? to - (to - part) % cuts : Math.min(to, (p + 1) * cuts);
      int row = (int) ((long) m * (part % cuts) / cuts);
      int rowEnd = whole ? m : (int) ((long) m * (end - p * cuts) / cuts);
      plainRows(w, row, rowEnd, p, whole ? end / cuts : p + 1, first, depth);
      part = end;
    }
  }

  /** Rows of A as they lie, or converted, as many at a time as stay in a cache. */
  private void plainRows(
      Workspace w, int from, int to, int column, int columnEnd, int first, int depth) {
    long strideBytes = (long) lda * Float.BYTES;
    long rowBytes = numbers.rowBytes(depth, strideBytes);
    int most = Math.max(CONVERTED_ROWS, CONVERTED_WORDS / numbers.steps(depth));
    int atOnce = numbers.converts() ? Math.min(to - from, most) : to - from;
    for (int row = from; row < to; row += atOnce) {
      int rows = Math.min(atOnce, to - row);
      long source = a + row * strideBytes + (long) first * Float.BYTES;
      long buffer = w.converted(numbers.leftWords(rows, depth));
      long left = numbers.left(rows, depth, source, strideBytes, buffer);
      for (int p = column; p < columnEnd; p++) {
        long panel = panel(w, p, first, depth);
        multiply(w, rows, depth, left, rowBytes, Float.BYTES, panel, p, row, first == 0);
      }
    }
  }

  /** Columns of A, packed by groups of as many as a vector has lanes. */
  private void packedRows(Workspace w, int group, int groupEnd, int first, int depth) {
    long groupBytes = (long) numbers.steps(depth) * lanes * Float.BYTES;
    long stepBytes = (long) lanes * Float.BYTES;
    long kept = groupEnd - group > groupsAtOnce ? keptPanels(w, first, depth) : 0;
    for (int g = group; g < groupEnd; g += groupsAtOnce) {
      int end = Math.min(groupEnd, g + groupsAtOnce);
      for (int i = g; i < end; i++) {
        long source = a + ((long) first * lda + (long) i * lanes) * Float.BYTES;
        int valid = gates == 1 ? Math.min(lanes, m - i * lanes) : lanes;
        long target = w.left + (i - g) * groupBytes;
        long strideBytes = (long) lda * Float.BYTES;
        numbers.columns(depth, valid, lanes, source, strideBytes, target, stepBytes);
        if (columnSums != 0) {
          long rows = target;
          long rowBytes = stepBytes;
          if (numbers.converts()) { // sums are of what it was before
            rows = valid == lanes ? source : w.panel;
            rowBytes = valid == lanes ? strideBytes : stepBytes;
          }
          if (rows == w.panel) { // whole vectors are read
            Kernels.PACKING.copy(depth, valid, lanes, source, strideBytes, rows, stepBytes);
          }
          Kernels.PACKING.addRows(depth, valid, rows, rowBytes, columnSums + i * stepBytes);
        }
      }
      for (int p = 0; p < layout.count(); p++) {
        long panel = kept == 0 ? panel(w, p, first, depth) : kept + keptBytes(p, depth);
        for (int i = g; i < end; i++) {
          int units = m / gates;
          int unit = i / gates * lanes;
          int row = i % gates * units + unit;
          int rows = Math.min(lanes, units - unit);
          long left = w.left + (i - g) * groupBytes;
          multiply(w, rows, depth, left, Float.BYTES, stepBytes, panel, p, row, first == 0);
        }
      }
    }
  }

  /**
   * Packs all panels of B, since converting them anew for each few groups takes longer than reading
   * them again.
   *
   * @return the address of the first; 0 if they are packed one by one
   */
  private long keptPanels(Workspace w, int first, int depth) {
    long words = keptBytes(layout.count(), depth) / Float.BYTES;
    if (!numbers.converts() || words > KEPT_WORDS) {
      return 0;
    }
    long kept = w.converted(words);
    for (int p = 0; p < layout.count(); p++) {
      pack(w, p, first, depth, kept + keptBytes(p, depth));
    }
    return kept;
  }

  /** Bytes of the panels before panel {@code p}. */
  private long keptBytes(int p, int depth) {
    return (long) numbers.steps(depth) * layout.first(p) * Float.BYTES;
  }

  private long panel(Workspace w, int p, int first, int depth) {
    if (packed != 0) {
      long step = (long) p * numbers.steps(k) + numbers.steps(first);
      return packed + step * width * Float.BYTES;
    }
    pack(w, p, first, depth, w.panel);
    return w.panel;
  }

  private void pack(Workspace w, int p, int first, int depth, long target) {
    long rowBytes = (long) ldb * Float.BYTES;
    if (transB) {
      long source = b + (long) first * Float.BYTES;
      layout.packTransposed(numbers, p, depth, source, rowBytes, target, w.scratch);
    } else {
      int columns = layout.vectors(p) * lanes;
      long source = b + ((long) first * ldb + layout.first(p)) * Float.BYTES;
      long bytes = (long) columns * Float.BYTES;
      numbers.columns(depth, layout.valid(p), columns, source, rowBytes, target, bytes);
    }
  }

  /** Some rows of A times a panel, into C or added to it. */
  private void multiply( // a tile's whole geometry
      Workspace w,
      int rows,
      int depth,
      long left,
      long rowBytes,
      long stepBytes,
      long panel,
      int p,
      int row,
      boolean firstBlock) {
    int vectors = layout.vectors(p);
    int steps = numbers.steps(depth);
    int columns = vectors * lanes;
    int column = layout.first(p);
    int valid = layout.valid(p);
    long cBytes = (long) ldc * Float.BYTES;
    long target = c + row * cBytes + (long) column * Float.BYTES;
    float keep = firstBlock ? beta : 1;
    boolean biased = firstBlock && bias != 0;
    boolean adds = keep == 1 && numbers.adds();
    if ((keep == 0 || adds) && alpha == 1 && valid == columns) {
      long start = biased ? bias + (long) column * Float.BYTES : zeros;
      numbers.multiply(
          vectors, rows, steps, left, rowBytes, stepBytes, panel, start, adds, target, cBytes);
      return;
    }
    long start = biased ? lastBias(w, column, valid, columns) : zeros;
    long tileBytes = (long) columns * Float.BYTES;
    for (int i = 0; i < rows; i += MERGED_ROWS) {
      int count = Math.min(MERGED_ROWS, rows - i);
      long from = left + i * rowBytes;
      numbers.multiply(
          vectors, count, steps, from, rowBytes, stepBytes, panel, start, false, w.tile, tileBytes);
      Kernels.PACKING.merge(
          count, valid, w.tile, tileBytes, alpha, keep, target + i * cBytes, cBytes);
    }
  }

  /** The bias of a panel that is not full, with zeros behind it. */
  private long lastBias(Workspace w, int column, int valid, int columns) {
    long at = bias + (long) column * Float.BYTES;
    Kernels.PACKING.copy(1, valid, columns, at, 0, w.bias, 0);
    return w.bias;
  }

  @Override
  public void close() {
    for (Workspace workspace : workspaces) {
      workspace.close();
    }
  }
}
