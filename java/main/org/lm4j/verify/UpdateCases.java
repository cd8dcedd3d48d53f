package org.lm4j.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.TouchedRows;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.Tensor;

/** Cases of clipping and the optimizers. */
final class UpdateCases {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  private UpdateCases() {}

  /** Returns each rule with and without each of its options. */
  static List<UpdateRule> rules() {
    return List.of(
        new UpdateRule.Sgd(0, false, 0),
        new UpdateRule.Sgd(0, false, 0.1),
        new UpdateRule.Sgd(0.9, false, 0.1),
        new UpdateRule.Sgd(0.9, true, 0),
        new UpdateRule.Sgd(0.9, true, 0.1),
        new UpdateRule.RmsProp(0.99, 1e-8, 0),
        new UpdateRule.RmsProp(0.9, 1e-6, 0.1),
        new UpdateRule.AdaGrad(1e-10, 0),
        new UpdateRule.AdaGrad(1e-10, 0.1),
        new UpdateRule.Adam(0.9, 0.999, 1e-8, 0, false),
        new UpdateRule.Adam(0.8, 0.99, 1e-6, 0.1, false),
        new UpdateRule.Adam(0.9, 0.999, 1e-8, 0.1, true),
        new UpdateRule.Anchored(0.02, 0.001),
        new UpdateRule.Anchored(1.5, 0.001));
  }

  static void add(ParityCases cases, int[] sizes) {
    for (int n : sizes) {
      clipping(cases, n);
      for (UpdateRule rule : rules()) {
        update(cases, rule, n, 1, false);
        update(cases, rule, n, 7, true);
      }
    }
    update(cases, new UpdateRule.Adam(0.9, 0.999, 1e-8, 0, false), 33, 100_000, false);
    for (int width : new int[] {1, sizes[1], sizes[3], 67}) {
      for (UpdateRule rule : rules()) {
        if (rule.keepsWithoutGradient()) {
          someRows(cases, rule, width);
        }
      }
    }
    cases.add(
        cases
            .start("clamp", "not finite")
            .numbers("g", 41)
            .with(NAN, INF, -INF)
            .runs((backend, t) -> backend.clamp(t.get("g"), 0.5)));
    for (double special : new double[] {NAN, INF}) {
      cases.add(
          cases
              .start("gradientNorm", "with " + special)
              .numbers("g", 41)
              .with(special)
              .numbers("out", 2)
              .runs((backend, t) -> backend.gradientNorm(t.get("g"), 1, t.get("out"))));
    }
  }

  private static void clipping(ParityCases cases, int n) {
    cases.add(
        cases
            .start("clamp", "n=" + n)
            .numbers("g", n)
            .with(5, -5)
            .runs((backend, t) -> backend.clamp(t.get("g"), 0.5)));
    for (double maxNorm : new double[] {0.25, 1e6, INF}) {
      cases.add(
          cases
              .start("gradientNorm", "n=%d limit %s".formatted(n, maxNorm))
              .reduction(n)
              .numbers("g", n)
              .with(0.9)
              .numbers("out", 2)
              .runs((backend, t) -> backend.gradientNorm(t.get("g"), maxNorm, t.get("out"))));
    }
  }

  private static void update(
      ParityCases cases, UpdateRule rule, int n, long step, boolean clipped) {
    String name = "%s n=%d step %d%s".formatted(rule, n, step, clipped ? " clipped" : "");
    ParityCase.Builder builder =
        cases.start("update", name).reduction(4).numbers("w", n).uniform("g", 0.1, 1, n);
    for (int i = 0; i < rule.moments(); i++) {
      if (step == 1 && !(rule instanceof UpdateRule.Anchored)) {
        builder.numbers("moment" + i, () -> 0, n);
      } else {
        builder.uniform("moment" + i, 0.1, 1, n);
      }
    }
    if (clipped) {
      builder.uniform("scale", 0.2, 0.9, 2);
    }
    cases.add(
        builder.runs(
            (backend, t) -> {
              List<Tensor> moments =
                  IntStream.range(0, rule.moments()).mapToObj(i -> t.get("moment" + i)).toList();
              Tensor scale = clipped ? t.get("scale") : null;
              backend.update(
                  rule, t.get("w"), t.get("g"), new ArrayList<>(moments), scale, 0.01, step);
            }));
  }

  /** Two tables between other weights, each with gradients in a third of its rows. */
  private static void someRows(ParityCases cases, UpdateRule rule, int width) {
    int rows = 50;
    int before = 37;
    int between = 5;
    int after = 23;
    int second = before + rows * width + between;
    int size = second + rows * width + after;
    SplittableRandom random = new SplittableRandom(width);
    TouchedRows touched = new TouchedRows(rows);
    touched.add(random.ints(20, 0, rows).toArray(), 20);
    TouchedRows others = new TouchedRows(rows);
    others.add(random.ints(20, 0, rows).toArray(), 20);
    boolean[] zero = new boolean[size];
    clear(zero, before, width, touched);
    clear(zero, second, width, others);
    int[] at = new int[1];
    ParityCase.Builder builder =
        cases
            .start("update", "%s some rows of width %d".formatted(rule, width))
            .reduction(size)
            .numbers("w", size)
            .numbers("g", () -> zero[at[0]++] ? 0 : random.nextDouble(0.1, 1), size)
            .numbers("norm", 2);
    for (int i = 0; i < rule.moments(); i++) {
      builder.uniform("moment" + i, 0.1, 1, size);
    }
    List<SparseGradient.Range> ranges =
        List.of(
            new SparseGradient.Range(0, before),
            new SparseGradient.Range(second - between, between),
            new SparseGradient.Range(size - after, after));
    List<SparseGradient.Table> tables =
        List.of(
            new SparseGradient.Table(before, width, touched),
            new SparseGradient.Table(second, width, others));
    cases.add(
        builder.runs(
            (backend, t) -> {
              List<Tensor> moments =
                  IntStream.range(0, rule.moments()).mapToObj(i -> t.get("moment" + i)).toList();
              SparseGradient g = new SparseGradient(t.get("g"), ranges, tables);
              backend.gradientNorm(g, 0.25, t.get("norm"));
              backend.update(rule, t.get("w"), g, moments, t.get("norm"), 0.5, 7);
            }));
  }

  /** Notes which elements of a table have no gradient. */
  private static void clear(boolean[] zero, int from, int width, TouchedRows touched) {
    Arrays.fill(zero, from, from + touched.size() * width, true);
    for (int i = 0; i < touched.count(); i++) {
      int start = from + touched.row(i) * width;
      Arrays.fill(zero, start, start + width, false);
    }
  }
}
