package org.lm4j.verify;

import org.lm4j.tensor.Tensor;

/** Cases of softmax and cross-entropy. */
final class LossCases {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  private LossCases() {}

  static void add(ParityCases cases, int[] sizes) {
    for (int classes : sizes) {
      for (int rows : new int[] {1, 19}) {
        String size = "%dx%d".formatted(rows, classes);
        add(cases, logits(cases, size, rows, classes, 6), rows, classes, -1);
        add(cases, logits(cases, size + " large logits", rows, classes, 300), rows, classes, -100);
      }
    }
    // A class is ignored that exists; then one that never occurs.
    add(cases, logits(cases, "ignoring class 3", 40, 33, 4), 40, 33, 3);
    add(cases, logits(cases, "ignoring nothing", 40, 33, 4), 40, 33, 33);
    for (boolean biased : new boolean[] {true, false}) {
      for (int classes : sizes) {
        layer(cases, 131, 9, classes, biased);
      }
      layer(cases, 63, 31, 40, biased);
      layer(cases, 64, 1, 1000, biased);
      layer(cases, 2100, 3, 70, biased);
      layer(cases, 65, 700, 113, biased);
      layer(cases, 70, 20, 113, biased, NAN);
      layer(cases, 70, 20, 113, biased, 1e4, -1e4, 1e30);
    }
    add(cases, logits(cases, "NaN", 3, 40, 4), with(NAN), 3, 40);
    add(cases, logits(cases, "infinite", 3, 40, 4), with(INF), 3, 40);
    add(cases, logits(cases, "minus infinite", 3, 40, 4), with(-INF, -INF), 3, 40);
  }

  private static double[] with(double... special) {
    return special;
  }

  /** Losses of a layer's output: of rows enough and too few to be made in one pass. */
  private static void layer(
      ParityCases cases,
      int rows,
      int depth,
      int classes,
      boolean biased,
      double... special) { // in the input
    int ignore = -1;
    String name = rows + "x" + depth + " to " + classes + (biased ? "" : " without bias");
    if (special.length > 0) {
      name += ", " + special[special.length - 1] + " in x";
    }
    cases.add(
        cases
            .start("affineCrossEntropy", name)
            .products()
            .reduction(depth + classes)
            .numbers("x", rows, depth)
            .with(special)
            .numbers("w", classes, depth)
            .numbers("b", classes)
            .ids("targets", classes, ignore, rows)
            .numbers("loss", rows)
            .runs(
                (backend, t) -> {
                  Tensor logits = backend.allocate(Math.min(rows, 40), classes);
                  Tensor b = biased ? t.get("b") : null;
                  backend.affineCrossEntropy(
                      t.get("x"), t.get("w"), b, t.get("targets"), ignore, logits, t.get("loss"));
                  logits.storage().close();
                }));
  }

  private static ParityCase.Builder[] logits(
      ParityCases cases, String name, int rows, int classes, double range) {
    ParityCase.Builder[] both = {
      cases.start("softmaxCrossEntropy", name), cases.start("crossEntropy", name)
    };
    for (ParityCase.Builder builder : both) {
      builder.reduction(classes).uniform("logits", -range, range, rows, classes);
    }
    return both;
  }

  private static void add(
      ParityCases cases, ParityCase.Builder[] both, double[] special, int rows, int classes) {
    both[0].with(special);
    both[1].with(special);
    add(cases, both, rows, classes, -1);
  }

  private static void add(
      ParityCases cases, ParityCase.Builder[] both, int rows, int classes, int ignore) {
    int other = ignore == classes ? 0 : ignore;
    for (ParityCase.Builder builder : both) {
      builder.ids("targets", classes, other, rows).numbers("loss", rows);
    }
    cases.add(
        both[0].runs(
            (backend, t) ->
                backend.softmaxCrossEntropy(
                    t.get("logits"), t.get("targets"), ignore, 1.0 / rows, t.get("loss"))));
    cases.add(
        both[1].runs(
            (backend, t) ->
                backend.crossEntropy(t.get("logits"), t.get("targets"), ignore, t.get("loss"))));
  }
}
