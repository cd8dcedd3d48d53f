package org.lm4j.verify;

import org.lm4j.compute.Activation;
import org.lm4j.compute.GemmOp;

/** Memory, matrix products and elementwise functions. */
final class ArithmeticCases {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  private ArithmeticCases() {}

  static void add(ParityCases cases, int[] sizes) {
    for (int n : sizes) {
      vectors(cases, n);
      rows(cases, n);
      for (Activation f : Activation.values()) {
        activations(cases, f, n);
      }
    }
    for (GemmOp op : GemmOp.values()) {
      products(cases, op, sizes);
    }
    layers(cases, sizes);
    notFinite(cases);
  }

  /** Adds affine layers of all sizes, with few and many rows, and deeper than one block. */
  private static void layers(ParityCases cases, int[] sizes) {
    for (int n : sizes) {
      layer(cases, 1, n, 37);
      layer(cases, 9, n, 37);
      layer(cases, 37, 5, n);
    }
    layer(cases, 1100, 70, 3);
    layer(cases, 3, 70, 1100);
    layer(cases, 70, 513, 130);
  }

  private static void layer(ParityCases cases, int rows, int k, int m) {
    String size = rows + "x" + k + " to " + m;
    cases.add(
        cases
            .start("affine", size)
            .products()
            .reduction(k)
            .numbers("x", rows, k)
            .numbers("w", m, k)
            .numbers("b", m)
            .numbers("y", rows, m)
            .runs((backend, t) -> backend.affine(t.get("x"), t.get("w"), t.get("b"), t.get("y"))));
    cases.add(
        cases
            .start("affineGradients", size)
            .products()
            .reduction(rows)
            .numbers("x", rows, k)
            .numbers("dy", rows, m)
            .numbers("dw", m, k)
            .numbers("db", m)
            .runs(
                (backend, t) ->
                    backend.affineGradients(t.get("x"), t.get("dy"), t.get("dw"), t.get("db"))));
  }

  private static void vectors(ParityCases cases, int n) {
    String size = "n=" + n;
    cases.add(
        cases
            .start("copy", size)
            .numbers("x", n)
            .numbers("y", n)
            .runs((backend, t) -> backend.copy(t.get("x"), t.get("y"))));
    cases.add(
        cases
            .start("fill", size)
            .numbers("x", n)
            .runs((backend, t) -> backend.fill(t.get("x"), 0.375)));
    cases.add(
        cases
            .start("axpy", size)
            .numbers("x", n)
            .numbers("y", n)
            .runs((backend, t) -> backend.axpy(0.7, t.get("x"), t.get("y"))));
    cases.add(
        cases
            .start("scale", size)
            .numbers("x", n)
            .runs((backend, t) -> backend.scale(-1.3, t.get("x"))));
    cases.add(
        cases
            .start("multiply", size)
            .numbers("x", n)
            .numbers("y", n)
            .numbers("z", n)
            .runs((backend, t) -> backend.multiply(t.get("x"), t.get("y"), t.get("z"))));
    cases.add(
        cases
            .start("multiply", size + " in place")
            .numbers("x", n)
            .numbers("y", n)
            .runs(
                (backend, t) -> {
                  backend.multiply(t.get("x"), t.get("y"), t.get("x"));
                  backend.multiply(t.get("x"), t.get("y"), t.get("y"));
                }));
    cases.add(
        cases
            .start("sum", size)
            .reduction(1)
            .numbers("x", n)
            .numbers("out", 1)
            .runs((backend, t) -> backend.sum(t.get("x"), t.get("out"))));
  }

  private static void rows(ParityCases cases, int n) {
    for (int m : new int[] {1, 5, 33}) {
      String size = m + "x" + n;
      cases.add(
          cases
              .start("addBias", size)
              .numbers("bias", n)
              .numbers("y", m, n)
              .runs((backend, t) -> backend.addBias(t.get("bias"), t.get("y"))));
      cases.add(
          cases
              .start("biasGradient", size)
              .reduction(m)
              .numbers("dy", m, n)
              .numbers("db", n)
              .runs((backend, t) -> backend.biasGradient(t.get("dy"), t.get("db"))));
    }
  }

  private static void activations(ParityCases cases, Activation f, int n) {
    String size = f + " n=" + n;
    cases.add(
        cases
            .start("activate", size)
            .uniform("x", -12, 12, n)
            .with(0, 100, -100, 1e-6)
            .numbers("y", n)
            .runs((backend, t) -> backend.activate(f, t.get("x"), t.get("y"))));
    cases.add(
        cases
            .start("activate", size + " in place")
            .uniform("x", -3, 3, n)
            .runs((backend, t) -> backend.activate(f, t.get("x"), t.get("x"))));
    cases.add(
        cases
            .start("activateBackward", size)
            .uniform("y", 0.05, 0.95, n)
            .with(0, 1)
            .numbers("dy", n)
            .numbers("dx", n)
            .runs(
                (backend, t) -> backend.activateBackward(f, t.get("y"), t.get("dy"), t.get("dx"))));
    cases.add(
        cases
            .start("activateBackward", size + " in place")
            .uniform("y", -0.95, 0.95, n)
            .numbers("dy", n)
            .runs(
                (backend, t) -> backend.activateBackward(f, t.get("y"), t.get("dy"), t.get("dy"))));
  }

  private static void products(ParityCases cases, GemmOp op, int[] sizes) {
    for (int m : sizes) {
      for (int n : sizes) {
        for (int k : sizes) {
          int largest = Math.max(m, Math.max(n, k));
          int middle = m + n + k - largest - Math.min(m, Math.min(n, k));
          if (largest < 1000 || middle < 60) { // one large extent at a time is enough
            product(cases, op, m, n, k);
          }
        }
      }
    }
    product(cases, op, 131, 257, 300);
  }

  private static void product(ParityCases cases, GemmOp op, int m, int n, int k) {
    // The three ways alpha and beta are used: a fresh result, an accumulated one, a general one.
    double[][] factors = {{1, 0}, {1, 1}, {-0.5, 0.25}};
    double[] factor = factors[(m + n + k) % factors.length];
    ParityCase.Builder builder =
        cases
            .start("gemm", "%s %dx%dx%d α=%s β=%s".formatted(op, m, n, k, factor[0], factor[1]))
            .products()
            .reduction(k)
            .numbers("a", op.transposeA() ? k : m, op.transposeA() ? m : k)
            .numbers("b", op.transposeB() ? n : k, op.transposeB() ? k : n)
            .numbers("c", m, n);
    if (factor[1] == 0) {
      builder.with(NAN); // must be overwritten, not multiplied by zero
    }
    cases.add(
        builder.runs(
            (backend, t) ->
                backend.gemm(op, factor[0], t.get("a"), t.get("b"), factor[1], t.get("c"))));
  }

  private static void notFinite(ParityCases cases) {
    String name = "not finite";
    for (Activation f : Activation.values()) {
      cases.add(
          cases
              .start("activate", f + " " + name)
              .numbers("x", 41)
              .with(NAN, INF, -INF)
              .numbers("y", 41)
              .runs((backend, t) -> backend.activate(f, t.get("x"), t.get("y"))));
    }
    for (GemmOp op : GemmOp.values()) {
      cases.add(
          cases
              .start("gemm", op + " " + name)
              .products()
              .reduction(20)
              .numbers("a", 20, 20)
              .with(NAN, INF)
              .uniform("b", 0.5, 1, 20, 20)
              .numbers("c", 20, 20)
              .runs((backend, t) -> backend.gemm(op, 1, t.get("a"), t.get("b"), 0, t.get("c"))));
    }
    cases.add(
        cases
            .start("axpy", name)
            .numbers("x", 41)
            .with(NAN, INF, -INF)
            .numbers("y", 41)
            .runs((backend, t) -> backend.axpy(0.7, t.get("x"), t.get("y"))));
    cases.add(
        cases
            .start("sum", name)
            .numbers("x", 41)
            .with(NAN)
            .numbers("out", 1)
            .runs((backend, t) -> backend.sum(t.get("x"), t.get("out"))));
    cases.add(
        cases
            .start("sum", "infinite")
            .numbers("x", 41)
            .with(INF)
            .numbers("out", 1)
            .runs((backend, t) -> backend.sum(t.get("x"), t.get("out"))));
  }
}
