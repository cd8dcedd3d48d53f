package org.lm4j.verify;

import org.lm4j.compute.GemmOp;

/** Softmax, the hinge loss, columns, and products of many small matrices. */
final class RowCases {
  private static final double NAN = Double.NaN;

  private RowCases() {}

  static void add(ParityCases cases, int[] sizes) {
    for (int n : sizes) {
      for (int rows : new int[] {1, 19}) {
        softmax(cases, rows, n);
        hinge(cases, rows, n, -1);
      }
      copyColumns(cases, n);
      for (boolean reversed : new boolean[] {false, true}) {
        copySequences(cases, 5, 5, 19, n, reversed);
        copySequences(cases, 7, 3, 5, n, reversed);
        copySequences(cases, 3, 7, 5, n, reversed);
        copySequences(cases, 6, 1, 1, n, reversed);
      }
      for (GemmOp op : GemmOp.values()) {
        batchedGemm(cases, op, 7, n, 5, 3);
        batchedGemm(cases, op, 3, 2, n, 1);
        thin(cases, op, 11, 3, n, 1);
        thin(cases, op, 11, 1, 3, n);
        if (n > 1) { // else it is the first of these
          thin(cases, op, 11, 3, 1, n);
        }
      }
    }
    hinge(cases, 40, 33, 3);
    hinge(cases, 40, 33, 33);
  }

  private static void softmax(ParityCases cases, int rows, int n) {
    String size = rows + "x" + n;
    cases.add(
        cases
            .start("softmax", size)
            .reduction(n)
            .uniform("x", -9, 9, rows, n)
            .numbers("y", rows, n)
            .with(NAN)
            .runs((backend, t) -> backend.softmax(t.get("x"), null, t.get("y"))));
    cases.add(
        cases
            .start("softmax", size + " in place")
            .reduction(n)
            .uniform("x", -300, 300, rows, n)
            .runs((backend, t) -> backend.softmax(t.get("x"), null, t.get("x"))));
    cases.add(
        cases
            .start("softmax", size + " of different lengths")
            .reduction(n)
            .uniform("x", -9, 9, rows, n)
            .ids("lengths", n + 1, 0, rows)
            .numbers("y", rows, n)
            .runs((backend, t) -> backend.softmax(t.get("x"), t.get("lengths"), t.get("y"))));
    cases.add(
        cases
            .start("softmaxBackward", size)
            .reduction(n)
            .uniform("y", 0, 1.0 / n, rows, n)
            .numbers("dy", rows, n)
            .numbers("dx", rows, n)
            .runs((backend, t) -> backend.softmaxBackward(t.get("y"), t.get("dy"), t.get("dx"))));
    cases.add(
        cases
            .start("softmaxBackward", size + " in place")
            .reduction(n)
            .uniform("y", 0, 1.0 / n, rows, n)
            .numbers("dy", rows, n)
            .runs((backend, t) -> backend.softmaxBackward(t.get("y"), t.get("dy"), t.get("dy"))));
  }

  private static void hinge(ParityCases cases, int rows, int classes, int ignore) {
    cases.add(
        cases
            .start("hinge", rows + "x" + classes + (ignore < 0 ? "" : " ignoring " + ignore))
            .reduction(classes)
            .uniform("scores", -2, 2, rows, classes)
            .ids("targets", classes, ignore == classes ? 0 : ignore, rows)
            .numbers("loss", rows)
            .runs(
                (backend, t) ->
                    backend.hinge(
                        t.get("scores"), t.get("targets"), ignore, 1.0 / rows, t.get("loss"))));
  }

  private static void copyColumns(ParityCases cases, int n) {
    cases.add(
        cases
            .start("copyColumns", n + " between others")
            .numbers("source", 5, n + 2)
            .numbers("target", 5, n + 4)
            .runs((backend, t) -> backend.copyColumns(t.get("source"), 1, t.get("target"), 3, n)));
  }

  private static void copySequences(
      ParityCases cases, int sourceSteps, int steps, int batch, int width, boolean reversed) {
    String size = "%dx%dx%d to %d steps".formatted(sourceSteps, batch, width, steps);
    int longest = Math.max(sourceSteps, steps);
    cases.add(
        cases
            .start("copySequences", size + (reversed ? " reversed" : ""))
            .numbers("source", sourceSteps, batch, width)
            .with(NAN)
            .ids("lengths", longest + 1, longest, batch)
            .numbers("target", steps, batch, width)
            .runs(
                (backend, t) ->
                    backend.copySequences(
                        t.get("source"), t.get("lengths"), reversed, t.get("target"))));
  }

  private static void batchedGemm(ParityCases cases, GemmOp op, int count, int m, int k, int n) {
    cases.add(
        cases
            .start("batchedGemm", "%s %d of %dx%dx%d".formatted(op, count, m, n, k))
            .products()
            .reduction(k)
            .numbers("a", count, op.transposeA() ? k : m, op.transposeA() ? m : k)
            .numbers("b", count, op.transposeB() ? n : k, op.transposeB() ? k : n)
            .numbers("c", count, m, n)
            .runs(
                (backend, t) ->
                    backend.batchedGemm(op, 0.5, t.get("a"), t.get("b"), 1, t.get("c"))));
  }

  /** Adds products of which one extent is 1, added to previous results. */
  private static void thin(ParityCases cases, GemmOp op, int count, int m, int k, int n) {
    for (double alpha : new double[] {1, -0.5}) {
      cases.add(
          cases
              .start("batchedGemm", "%s %d of %dx%dx%d by %s".formatted(op, count, m, n, k, alpha))
              .products()
              .reduction(k)
              .numbers("a", count, op.transposeA() ? k : m, op.transposeA() ? m : k)
              .numbers("b", count, op.transposeB() ? n : k, op.transposeB() ? k : n)
              .numbers("c", count, m, n)
              .with(NAN)
              .runs(
                  (backend, t) ->
                      backend.batchedGemm(op, alpha, t.get("a"), t.get("b"), 0, t.get("c"))));
    }
  }
}
