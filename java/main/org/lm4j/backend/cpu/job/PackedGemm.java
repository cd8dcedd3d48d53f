package org.lm4j.backend.cpu.job;

import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.FloatPanels;
import org.lm4j.backend.cpu.panel.Panels;

/**
 * Products by register tiles: each thread packs one panel of the right side after the other, and
 * lets all its rows of the left side run over it while it stays in the L2 cache. The blocking is
 * that of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), with
 * the roles of the two sides exchanged.
 */
public final class PackedGemm extends GemmJob implements AutoCloseable {
  private static final int FEW_ROWS = 4; // fewer do not pay for packing
  private static final int FEW_PANELS = 8; // of a thread: so few that one more or less matters
  private static final int CONVERTED_WORDS = 1 << 18; // of rows of A: the L2 cache holds them
  private static final int KEPT_WORDS = 1 << 20; // of converted panels: the cores' common cache
  private static final int CONVERTED_ROWS = 512; // at least, to pay for packing a panel for each

  private final int lanes = Kernels.GATES.lanes();
  private final int width = ProductKernels.PANEL_VECTORS * lanes; // of a wide panel
  private final long zeros = ProductKernels.ZEROS.address();
  private final Panels numbers;
  private final int mostDepth; // of a block
  private final GemmWorkspace[] workspaces;

  private boolean byRows;
  private boolean direct;
  private final PanelLayout layout = new PanelLayout(lanes);
  private int cuts = 1; // of a panel, by rows, where threads share panels
  private long packed; // of the whole right side, or 0
  private int gates = 1;
  private long bias; // (n), added to each row of the result, or 0
  private long columnSums; // (m) of a left side to be transposed, added to; or 0

  /** Of float32. */
  public PackedGemm(WorkerTeam team) {
    this(team, FloatPanels.INSTANCE);
  }

  /** Of factors in other numbers. */
  public PackedGemm(WorkerTeam team, Panels numbers) {
    super(team);
    this.numbers = numbers;
    this.mostDepth = numbers.mostDepth();
    workspaces = new GemmWorkspace[team.size()];
    for (int i = 0; i < workspaces.length; i++) {
      workspaces[i] = new GemmWorkspace(numbers, lanes);
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
    GemmWorkspace w = workspaces[part];
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
  private void partsOfPanels(GemmWorkspace w, int from, int to, int first, int depth) {
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
      GemmWorkspace w, int from, int to, int column, int columnEnd, int first, int depth) {
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

  /**
   * Columns of A, packed by groups of as many as a vector has lanes. Each group meets as many
   * panels as a part of the L2 cache holds, so that the rows of the result are written one after
   * the other.
   */
  private void packedRows(GemmWorkspace w, int group, int groupEnd, int first, int depth) {
    int atOnce = Math.max(1, GemmWorkspace.PANEL_WORDS / (numbers.steps(depth) * width));
    long kept = packed == 0 ? keptPanels(w, groupEnd - group, atOnce, first, depth) : 0;
    for (int g = group; g < groupEnd; g += w.groups) {
      int end = Math.min(groupEnd, g + w.groups);
      packGroups(w, g, end, first, depth);
      for (int p = 0; p < layout.count(); p += atOnce) {
        int panelEnd = Math.min(layout.count(), p + atOnce);
        long panels = kept == 0 ? w.panel : kept + panelBytes(p, depth);
        if (kept == 0 && packed == 0) {
          pack(w, p, panelEnd, first, depth, panels);
        }
        for (int i = g; i < end; i++) {
          timesPanels(w, i, i - g, p, panelEnd, panels, first, depth);
        }
      }
    }
  }

  /**
   * Packs all panels of B where they fit into a part of the L2 cache, or where converting them anew
   * for each few groups takes longer than reading them again.
   *
   * @return the address of the first; 0 if only some are packed at a time
   */
  private long keptPanels(GemmWorkspace w, int groups, int atOnce, int first, int depth) {
    long bytes = panelBytes(layout.count(), depth);
    long kept = w.panel;
    if (layout.count() > atOnce) {
      if (!numbers.converts() || groups <= w.groups || bytes / Float.BYTES > KEPT_WORDS) {
        return 0;
      }
      kept = w.converted(bytes / Float.BYTES);
    }
    pack(w, 0, layout.count(), first, depth, kept);
    return kept;
  }

  /** Packs groups of columns of A, and adds up the columns. */
  private void packGroups(GemmWorkspace w, int group, int groupEnd, int first, int depth) {
    long strideBytes = (long) lda * Float.BYTES;
    long stepBytes = (long) lanes * Float.BYTES;
    long groupBytes = numbers.steps(depth) * stepBytes;
    long source = a + (long) first * strideBytes + group * stepBytes;
    int whole = gates == 1 ? Math.min(groupEnd, m / lanes) : groupEnd;
    numbers.groups(whole - group, depth, source, strideBytes, w.left, groupBytes);
    for (int i = group; i < groupEnd; i++) {
      long from = source + (i - group) * stepBytes;
      long target = w.left + (i - group) * groupBytes;
      int valid = i < whole ? lanes : m - i * lanes;
      if (i >= whole) {
        numbers.columns(depth, valid, lanes, from, strideBytes, target, stepBytes);
      }
      if (columnSums != 0 && valid == lanes) {
        Kernels.PACKING.addRows(depth, valid, from, strideBytes, columnSums + i * stepBytes);
      } else if (columnSums != 0) { // whole vectors, since these are read
        Kernels.PACKING.copy(depth, valid, lanes, from, strideBytes, w.columns, stepBytes);
        Kernels.PACKING.addRows(depth, valid, w.columns, stepBytes, columnSums + i * stepBytes);
      }
    }
  }

  /**
   * Multiplies a group of columns of A, packed in place {@code slot}, by panels from {@code p} on.
   */
  private void timesPanels( // which group, by which panels, of which depth
      GemmWorkspace w,
      int group,
      int slot,
      int p,
      int panelEnd,
      long panels,
      int first,
      int depth) {
    long stepBytes = (long) lanes * Float.BYTES;
    int units = m / gates;
    int unit = group / gates * lanes;
    int row = group % gates * units + unit;
    int rows = Math.min(lanes, units - unit);
    long left = w.left + (long) slot * numbers.steps(depth) * stepBytes;
    for (int i = p; i < panelEnd; i++) {
      long panel = packed != 0 ? panel(w, i, first, depth) : panels + panelBytes(i - p, depth);
      multiply(w, rows, depth, left, Float.BYTES, stepBytes, panel, i, row, first == 0);
    }
  }

  /** Packs some panels, one after the other. */
  private void pack(GemmWorkspace w, int p, int panelEnd, int first, int depth, long target) {
    for (int i = p; i < panelEnd; i++) {
      pack(w, i, first, depth, target + panelBytes(i - p, depth));
    }
  }

  private long panelBytes(int count, int depth) {
    return (long) count * numbers.steps(depth) * width * Float.BYTES;
  }

  private long panel(GemmWorkspace w, int p, int first, int depth) {
    if (packed != 0) {
      long step = (long) p * numbers.steps(k) + numbers.steps(first);
      return packed + step * width * Float.BYTES;
    }
    pack(w, p, first, depth, w.panel);
    return w.panel;
  }

  private void pack(GemmWorkspace w, int p, int first, int depth, long target) {
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
      GemmWorkspace w,
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
    for (int i = 0; i < rows; i += GemmWorkspace.MERGED_ROWS) {
      int count = Math.min(GemmWorkspace.MERGED_ROWS, rows - i);
      long from = left + i * rowBytes;
      numbers.multiply(
          vectors, count, steps, from, rowBytes, stepBytes, panel, start, false, w.tile, tileBytes);
      Kernels.PACKING.merge(
          count, valid, w.tile, tileBytes, alpha, keep, target + i * cBytes, cBytes);
    }
  }

  /** The bias of a panel that is not full, with zeros behind it. */
  private long lastBias(GemmWorkspace w, int column, int valid, int columns) {
    long at = bias + (long) column * Float.BYTES;
    Kernels.PACKING.copy(1, valid, columns, at, 0, w.bias, 0);
    return w.bias;
  }

  @Override
  public void close() {
    for (GemmWorkspace workspace : workspaces) {
      workspace.close();
    }
  }
}
