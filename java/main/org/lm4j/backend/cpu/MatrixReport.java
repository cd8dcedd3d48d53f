package org.lm4j.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.blas.BlasLibrary;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.blas.CoreAdvice;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.job.BlasGemm;
import org.lm4j.backend.cpu.job.GemmJob;
import org.lm4j.backend.cpu.job.PackedGemm;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.foreign.NativeException;
import org.lm4j.tensor.HostStorage;

/**
 * Measures how fast Java kernels and OpenBLAS multiply matrices on this machine, at four shapes of
 * a recurrent model, and reports which of the two computes each by default. Takes a second or two;
 * a machine that does other work at the same time shows lower rates.
 */
public final class MatrixReport {
  /** The longest time to wait for Java kernels to be compiled. */
  private static final long WARM_UP_NANOS = 2_500_000_000L;

  private static final long WITHOUT_VECTORS_NANOS = 200_000_000;

  /** The speed in GFLOP/s that every vector kernel reaches once it is compiled, and none before. */
  private static final double COMPILED = 8;

  /** The time spent on one shape and engine without a faster product; the fastest counts. */
  private static final long NANOS = 60_000_000;

  /** The longest time spent on one, for code that is compiled once more at its size. */
  private static final long MOST_NANOS = 1_000_000_000;

  private static final int LEAST_PRODUCTS = 4;

  /** The shape of a measured product: {@code (rows, depth) · (depth, columns)}. */
  private enum Shape {
    RECURRENT("recurrent step", 64, 2048, 512),
    PROJECTION("projection", 512, 1024, 256),
    OUTPUT("output layer", 256, 4096, 256),
    GRADIENT("gradient", 1024, 512, 512);

    final String subject;
    final int rows;
    final int columns;
    final int depth;

    Shape(String subject, int rows, int columns, int depth) {
      this.subject = subject;
      this.rows = rows;
      this.columns = columns;
      this.depth = depth;
    }

    double operations() {
      return 2.0 * rows * columns * depth;
    }
  }

  /**
   * A line of the report.
   *
   * @param subject what it is for
   * @param text its shape, the rates in GFLOP/s, and what computes it by default
   * @param advice what would make it faster, or null
   */
  public record Line(String subject, String text, @Nullable String advice) {}

  private final WorkerTeam team;
  private final PackedGemm kernels;

  private MatrixReport(WorkerTeam team, PackedGemm kernels) {
    this.team = team;
    this.kernels = kernels;
  }

  /**
   * Measures both engines.
   *
   * @param threads to share each product, at least 1
   * @throws org.lm4j.InputException if a setting has no meaning
   */
  public static List<Line> examine(int threads) {
    Cblas library = library();
    WorkerTeam team = new WorkerTeam(threads);
    try (PackedGemm kernels = new PackedGemm(team)) {
      return new MatrixReport(team, kernels).measure(library);
    } finally {
      team.close();
    }
  }

  /** Returns OpenBLAS, or null where it is missing, which is reported elsewhere. */
  private static @Nullable Cblas library() {
    try {
      return BlasLibrary.open();
    } catch (NativeException e) {
      return null;
    }
  }

  private List<Line> measure(@Nullable Cblas library) {
    MatrixEngine engine;
    try {
      engine = BlasLibrary.engine(null, line -> {});
    } catch (NativeException e) { // what the user names is not there
      engine = MatrixEngine.java();
    }
    boolean compiled = warmUp();
    List<Line> lines = new ArrayList<>();
    double shares = 0; // of OpenBLAS's speed in Java's, added up
    for (Shape shape : Shape.values()) {
      double own = compiled ? rate(shape, kernels) : Double.NaN;
      String java =
          compiled
              ? String.format(Locale.ROOT, "%.0f GFLOP/s", own)
              : "not compiled yet, the machine is busy";
      String text =
          String.format(
              Locale.ROOT,
              "%d×%d by %d×%d: Java %s",
              shape.rows,
              shape.depth,
              shape.depth,
              shape.columns,
              java);
      if (library != null) {
        double blas = rate(shape, new BlasGemm(team, library));
        text += String.format(Locale.ROOT, ", OpenBLAS %.0f GFLOP/s", blas);
        shares += shape == Shape.RECURRENT ? 0 : blas / own;
      }
      Cblas taken =
          shape == Shape.RECURRENT
              ? engine.all()
              : engine.of(shape.rows, shape.columns, shape.depth);
      lines.add(new Line(shape.subject, text + "; computed by " + name(taken), null));
    }
    if (library != null) {
      addAdvice(library.facts().core(), shares / (Shape.values().length - 1), lines);
    }
    return lines;
  }

  private static void addAdvice(String core, double share, List<Line> lines) {
    boolean demanded = System.getenv("OPENBLAS_CORETYPE") != null;
    String advice = CoreAdvice.of(core, Kernels.GATES.lanes(), demanded, share);
    if (advice != null) {
      lines.add(new Line("OpenBLAS core", core, advice));
    }
  }

  private static String name(@Nullable Cblas taken) {
    return taken == null ? "Java" : "OpenBLAS";
  }

  /**
   * Multiplies small matrices, which is quick even before compilation, until the kernels are
   * compiled.
   *
   * @return whether they are; plain loops count as compiled
   */
  private boolean warmUp() {
    long most = Kernels.VECTORISED ? WARM_UP_NANOS : WITHOUT_VECTORS_NANOS;
    long end = System.nanoTime() + most;
    boolean compiled = false;
    while (!compiled && System.nanoTime() < end) {
      compiled = true;
      for (Shape shape : Shape.values()) {
        try (Operands operands = new Operands(shape, 24, 128, 64)) {
          for (int i = 0; i < 16; i++) {
            operands.multiply(kernels);
          }
          long start = System.nanoTime();
          operands.multiply(kernels);
          long nanos = System.nanoTime() - start;
          compiled &= 2.0 * 24 * 128 * 64 / nanos > COMPILED;
        }
      }
    }
    return compiled || !Kernels.VECTORISED;
  }

  /** Returns the speed in GFLOP/s. */
  private static double rate(Shape shape, GemmJob job) {
    try (Operands operands = new Operands(shape, shape.rows, shape.columns, shape.depth)) {
      long start = System.nanoTime();
      long best = Long.MAX_VALUE;
      long now = start;
      long found = start;
      for (int i = 0;
          now - start < MOST_NANOS && (i < LEAST_PRODUCTS || now - found < NANOS);
          i++) {
        operands.multiply(job);
        long end = System.nanoTime();
        if (end - now < best * 0.9) {
          found = end;
        }
        best = Math.min(best, end - now);
        now = end;
      }
      return shape.operations() / best;
    }
  }

  /** Matrices of ones. */
  private static final class Operands implements AutoCloseable {
    private final Shape shape;
    private final int rows;
    private final int columns;
    private final int depth;
    private final HostStorage a;
    private final HostStorage b;
    private final HostStorage c;

    Operands(Shape shape, int rows, int columns, int depth) {
      this.shape = shape;
      this.rows = rows;
      this.columns = columns;
      this.depth = depth;
      a = ones((long) rows * depth);
      b = ones((long) depth * columns);
      c = ones((long) rows * columns);
    }

    private static HostStorage ones(long count) {
      HostStorage storage = new HostStorage(count * Float.BYTES);
      Kernels.ELEMENTS.fill(count, 1, storage.address());
      return storage;
    }

    /** Multiplies as a model does: in a recurrent step the kernels find their weights packed. */
    void multiply(GemmJob job) {
      boolean gradient = shape == Shape.GRADIENT;
      if (shape == Shape.RECURRENT && job instanceof PackedGemm kernels) {
        kernels.packed(a.address(), depth, b.address());
      } else {
        int strideB = gradient ? columns : depth;
        job.operands(
            gradient, a.address(), gradient ? rows : depth, !gradient, b.address(), strideB);
      }
      job.run(rows, columns, depth, 1, gradient ? 1 : 0, c.address(), columns);
    }

    @Override
    public void close() {
      a.close();
      b.close();
      c.close();
    }
  }
}
