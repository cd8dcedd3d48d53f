package org.lm4j.compute;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * The argument checks that every backend makes, with one method per operation of {@link Backend}:
 * element types, shapes, overlap, and ids. A wrong length that reached a kernel would kill the
 * process, so kernels may rely on what passed here. Nothing is allocated unless a check fails.
 *
 * <p>All methods throw {@link IllegalArgumentException} naming the operation and the shapes, and
 * {@link IllegalStateException} if memory is closed already.
 */
public final class Checks {
  private final DType dtype;
  private final boolean host;

  /**
   * Creates the checks of a backend.
   *
   * @param dtype what it computes with
   * @param host whether it computes in host memory; if so, ids and targets are checked here, else
   *     the backend must do that where they lie
   */
  public Checks(DType dtype, boolean host) {
    this.dtype = dtype;
    this.host = host;
  }

  // --- Memory -----------------------------------------------------------------------------------

  /** Checks the arguments of {@link Backend#upload(Tensor, Tensor)}. */
  public void upload(Tensor source, Tensor target) {
    hostFloats("upload", "host", source);
    floats("upload", "target", target);
    sameSize("upload", "host", source, "target", target);
  }

  /** Checks the arguments of {@link Backend#upload(int[], int, int, Tensor)}. */
  public void upload(int[] ids, int from, int count, Tensor target) {
    integers("upload", "target", target);
    if (from < 0 || count < 0 || from > ids.length - count) {
      throw broken("upload", "ids " + from + " to " + ((long) from + count) + " of " + ids.length);
    }
    if (count > target.size()) {
      throw broken("upload", count + " ids do not fit into target " + target);
    }
  }

  /** Checks the arguments of {@link Backend#download}. */
  public void download(Tensor source, Tensor target) {
    floats("download", "source", source);
    hostFloats("download", "host", target);
    sameSize("download", "source", source, "host", target);
  }

  /** Checks the arguments of {@link Backend#copy}. */
  public void copy(Tensor source, Tensor target) {
    place("copy", "source", source);
    place("copy", "target", target);
    if (source.dtype() != target.dtype()) {
      throw broken("copy", "source " + source + " and target " + target + " differ in type");
    }
    sameSize("copy", "source", source, "target", target);
    apart("copy", "target", target, "source", source);
  }

  /** Checks the arguments of {@link Backend#fill}: any type. */
  public void fill(Tensor target) {
    place("fill", "target", target);
  }

  // --- Arithmetic -------------------------------------------------------------------------------

  /** Checks the arguments of {@link Backend#gemm}. */
  public void gemm(GemmOp op, Tensor a, Tensor b, Tensor c) {
    matrix("gemm", "a", a);
    matrix("gemm", "b", b);
    matrix("gemm", "c", c);
    int m = a.shape().dim(op.transposeA() ? 1 : 0);
    int k = a.shape().dim(op.transposeA() ? 0 : 1);
    int n = b.shape().dim(op.transposeB() ? 0 : 1);
    if (b.shape().dim(op.transposeB() ? 1 : 0) != k || !is(c.shape(), m, n)) {
      throw broken("gemm", "shapes do not fit: " + op + ", a " + a + ", b " + b + ", c " + c);
    }
    apart("gemm", "c", c, "a", a);
    apart("gemm", "c", c, "b", b);
  }

  /** Checks the arguments of {@link Backend#axpy}. */
  public void axpy(Tensor x, Tensor y) {
    floats("axpy", "x", x);
    floats("axpy", "y", y);
    sameSize("axpy", "x", x, "y", y);
    apart("axpy", "y", y, "x", x);
  }

  /** Checks the arguments of {@link Backend#scale}. */
  public void scale(Tensor x) {
    floats("scale", "x", x);
  }

  /** Checks the arguments of {@link Backend#multiply}. */
  public void multiply(Tensor x, Tensor y, Tensor z) {
    floats("multiply", "x", x);
    floats("multiply", "y", y);
    floats("multiply", "z", z);
    sameSize("multiply", "x", x, "y", y);
    sameSize("multiply", "x", x, "z", z);
    apartOrSame("multiply", "z", z, "x", x);
    apartOrSame("multiply", "z", z, "y", y);
  }

  /** Checks the arguments of {@link Backend#activate}. */
  public void activate(Tensor x, Tensor y) {
    inPlace("activate", "x", x, "y", y);
  }

  /** Checks the arguments of {@link Backend#activateBackward}. */
  public void activateBackward(Tensor y, Tensor dy, Tensor dx) {
    floats("activateBackward", "y", y);
    inPlace("activateBackward", "dy", dy, "dx", dx);
    sameSize("activateBackward", "y", y, "dy", dy);
    apart("activateBackward", "dx", dx, "y", y);
  }

  /** Checks the arguments of {@link Backend#sum}. */
  public void sum(Tensor x, Tensor out) {
    floats("sum", "x", x);
    floats("sum", "out", out);
    shape("sum", "out", out, 1);
    apart("sum", "out", out, "x", x);
  }

  // --- Embedding and dropout --------------------------------------------------------------------

  /** Checks the arguments of {@link Backend#embed}, the ids included where they lie on the host. */
  public void embed(Tensor table, Tensor ids, Tensor out) {
    rowsOfTable("embed", "table", table, ids, "out", out);
    apart("embed", "out", out, "table", table);
    apart("embed", "out", out, "ids", ids);
  }

  /**
   * Checks the arguments of {@link Backend#embedBackward}, the ids included where they lie on the
   * host.
   */
  public void embedBackward(Tensor dOut, Tensor ids, Tensor dTable) {
    rowsOfTable("embedBackward", "dTable", dTable, ids, "dOut", dOut);
    apart("embedBackward", "dTable", dTable, "dOut", dOut);
    apart("embedBackward", "dTable", dTable, "ids", ids);
  }

  /** Checks the arguments of {@link Backend#dropout}. */
  public void dropout(Tensor x, Tensor y, double p, int site) {
    inPlace("dropout", "x", x, "y", y);
    if (!(p >= 0 && p < 1)) {
      throw broken("dropout", "p must lie in [0, 1), not " + p);
    }
    site("dropout", site, 1);
  }

  // --- Recurrent stack --------------------------------------------------------------------------

  /** Checks the arguments of {@link Backend#tokenReader}. */
  public void tokenReader(TokenModel model) {
    RnnChecks.tokenModel(this, model);
  }

  /** Checks the arguments of {@link Backend#tape}. */
  public void tape(int steps, int batch) {
    if (steps < 1 || batch < 1) {
      throw broken("tape", "steps and batch must be at least 1, not " + steps + " and " + batch);
    }
  }

  /** Checks the arguments of {@link Backend#rnnForward}. */
  public void rnnForward(
      RnnTape tape, RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {
    new RnnChecks(this, "rnnForward", tape).forward(weights, inOut, key, site);
  }

  /**
   * Checks the arguments of {@link Backend#rnnBackward}; {@code lookup} is that of the forward
   * pass.
   */
  public void rnnBackward(
      RnnTape tape, RnnWeights weights, RnnGradients gradients, RnnInOut.@Nullable Lookup lookup) {
    new RnnChecks(this, "rnnBackward", tape).backward(weights, gradients, lookup);
  }

  // --- Optimization -----------------------------------------------------------------------------

  /** Checks the arguments of {@link Backend#clamp}. */
  public void clamp(Tensor g, double limit) {
    floats("clamp", "g", g);
    if (!(limit >= 0)) {
      throw broken("clamp", "limit must not be negative: " + limit);
    }
  }

  /** Checks the arguments of {@link Backend#gradientNorm}. */
  public void gradientNorm(Tensor g, double maxNorm, Tensor out) {
    floats("gradientNorm", "g", g);
    floats("gradientNorm", "out", out);
    shape("gradientNorm", "out", out, 2);
    apart("gradientNorm", "out", out, "g", g);
    if (!(maxNorm > 0)) {
      throw broken("gradientNorm", "the limit must be positive, not " + maxNorm);
    }
  }

  /** Checks the arguments of {@link Backend#update}. */
  public void update(
      UpdateRule rule,
      Tensor w,
      Tensor g,
      List<Tensor> moments,
      @Nullable Tensor gradientScale,
      long step) {
    floats("update", "w", w);
    floats("update", "g", g);
    sameSize("update", "w", w, "g", g);
    apart("update", "w", w, "g", g);
    if (moments.size() != rule.moments()) {
      throw broken("update", rule + " keeps " + rule.moments() + " moments, not " + moments.size());
    }
    for (int i = 0; i < moments.size(); i++) {
      Tensor moment = moments.get(i);
      floats("update", "moment", moment);
      sameSize("update", "w", w, "moment", moment);
      apart("update", "moment", moment, "w", w);
      apart("update", "moment", moment, "g", g);
      for (int j = 0; j < i; j++) {
        apart("update", "moment", moment, "moment", moments.get(j));
      }
    }
    if (gradientScale != null) {
      floats("update", "gradientScale", gradientScale);
      shape("update", "gradientScale", gradientScale, 2);
    }
    if (step < 1) {
      throw broken("update", "steps count from 1, not " + step);
    }
  }

  // --- Parts ------------------------------------------------------------------------------------

  static IllegalArgumentException broken(String operation, String what) {
    return new IllegalArgumentException(operation + ": " + what);
  }

  static boolean is(Shape shape, int d0) {
    return shape.rank() == 1 && shape.dim(0) == d0;
  }

  static boolean is(Shape shape, int d0, int d1) {
    return shape.rank() == 2 && shape.dim(0) == d0 && shape.dim(1) == d1;
  }

  static boolean is(Shape shape, int d0, int d1, int d2) {
    return shape.rank() == 3 && shape.dim(0) == d0 && shape.dim(1) == d1 && shape.dim(2) == d2;
  }

  void floats(String operation, String name, Tensor x) {
    place(operation, name, x);
    if (x.dtype() != dtype) {
      throw broken(operation, name + " " + x + " must be " + dtype);
    }
  }

  static void site(String operation, int site, int count) {
    if (site < 0 || site > (1 << 24) - count) {
      throw broken(operation, "dropout site must lie in [0, 2^24), not " + site);
    }
  }

  static void apart(String operation, String outName, Tensor out, String inName, Tensor in) {
    if (overlap(out, in)) {
      throw broken(operation, outName + " " + out + " overlaps " + inName + " " + in);
    }
  }

  static void apartOrSame(String operation, String outName, Tensor out, String inName, Tensor in) {
    if (out.address() != in.address()) {
      apart(operation, outName, out, inName, in);
    }
  }

  private static boolean overlap(Tensor a, Tensor b) {
    long aFrom = a.address();
    long bFrom = b.address();
    return a.size() > 0
        && b.size() > 0
        && aFrom < bFrom + b.size() * b.dtype().bytes()
        && bFrom < aFrom + a.size() * a.dtype().bytes();
  }

  private void place(String operation, String name, Tensor x) {
    if (x.storage().isHost() != host) {
      throw broken(operation, name + " " + x + " lies on " + (host ? "a device" : "the host"));
    }
    x.address(); // says so if it is closed
  }

  private static void hostFloats(String operation, String name, Tensor x) {
    if (!x.storage().isHost() || x.dtype() == DType.I32) {
      throw broken(operation, name + " " + x + " must be F32 or F64 on the host");
    }
  }

  void integers(String operation, String name, Tensor x) {
    place(operation, name, x);
    if (x.dtype() != DType.I32) {
      throw broken(operation, name + " " + x + " must be I32");
    }
  }

  void matrix(String operation, String name, Tensor x) {
    floats(operation, name, x);
    if (x.shape().rank() != 2) {
      throw broken(operation, name + " " + x + " must have rank 2");
    }
  }

  static void shape(String operation, String name, Tensor x, int extent) {
    if (!is(x.shape(), extent)) {
      throw broken(operation, name + " " + x + " must have shape (" + extent + ")");
    }
  }

  private static void sameSize(String operation, String xName, Tensor x, String yName, Tensor y) {
    if (x.size() != y.size()) {
      throw broken(operation, xName + " " + x + " and " + yName + " " + y + " differ in size");
    }
  }

  void inPlace(String operation, String inName, Tensor in, String outName, Tensor out) {
    floats(operation, inName, in);
    floats(operation, outName, out);
    sameSize(operation, inName, in, outName, out);
    apartOrSame(operation, outName, out, inName, in);
  }

  void rowsOfTable( // names and tensors alternate: the message needs both
      String operation, String tableName, Tensor table, Tensor ids, String rowsName, Tensor rows) {
    matrix(operation, tableName, table);
    integers(operation, "ids", ids);
    matrix(operation, rowsName, rows);
    if (ids.shape().rank() != 1 || !is(rows.shape(), ids.shape().dim(0), table.shape().dim(1))) {
      throw broken(
          operation,
          "shapes do not fit: %s %s, ids %s, %s %s"
              .formatted(tableName, table, ids, rowsName, rows));
    }
    rows(operation, ids, table);
  }

  /** Checks that ids on the host name rows of a table. */
  void rows(String operation, Tensor ids, Tensor table) {
    if (host) {
      IdChecks.ids(operation, ids.address(), ids.size(), table.shape().dim(0));
    }
  }
}
