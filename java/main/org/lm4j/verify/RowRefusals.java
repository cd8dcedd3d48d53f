package org.lm4j.verify;

import org.lm4j.compute.GemmOp;
import org.lm4j.tensor.Tensor;

/** What softmax, the hinge loss, columns and products of many matrices must refuse. */
final class RowRefusals {
  private RowRefusals() {}

  static void add(RefusalCases cases) {
    cases.add("softmax", "a vector", (b, t) -> b.softmax(t.numbers(4), null, t.numbers(4)));
    cases.add(
        "softmax", "another shape", (b, t) -> b.softmax(t.numbers(2, 6), null, t.numbers(3, 4)));
    cases.add(
        "softmax",
        "a length beyond the row",
        (b, t) -> b.softmax(t.numbers(2, 4), t.ids(4, 5), t.numbers(2, 4)));
    cases.add(
        "softmax",
        "too few lengths",
        (b, t) -> b.softmax(t.numbers(2, 4), t.ids(4), t.numbers(2, 4)));
    cases.add(
        "softmaxBackward",
        "another shape",
        (b, t) -> b.softmaxBackward(t.numbers(2, 4), t.numbers(4, 2), t.numbers(2, 4)));
    cases.add(
        "softmaxBackward",
        "a result over y",
        (b, t) -> {
          Tensor y = t.numbers(2, 4);
          b.softmaxBackward(y, t.numbers(2, 4), y);
        });
    cases.add(
        "hinge",
        "a target of C",
        (b, t) -> b.hinge(t.numbers(2, 5), t.ids(1, 5), -1, 1, t.numbers(2)));
    cases.add(
        "hinge",
        "too few losses",
        (b, t) -> b.hinge(t.numbers(2, 5), t.ids(1, 2), -1, 1, t.numbers(1)));
    columns(cases);
    products(cases);
  }

  private static void columns(RefusalCases cases) {
    cases.add(
        "copyColumns",
        "columns beyond the source",
        (b, t) -> b.copyColumns(t.numbers(2, 4), 2, t.numbers(2, 9), 0, 3));
    cases.add(
        "copyColumns",
        "columns beyond the target",
        (b, t) -> b.copyColumns(t.numbers(2, 9), 0, t.numbers(2, 4), 2, 3));
    cases.add(
        "copyColumns",
        "a negative column",
        (b, t) -> b.copyColumns(t.numbers(2, 4), -1, t.numbers(2, 4), 0, 2));
    cases.add(
        "copyColumns",
        "another number of rows",
        (b, t) -> b.copyColumns(t.numbers(2, 4), 0, t.numbers(3, 4), 0, 2));
  }

  private static void products(RefusalCases cases) {
    cases.add(
        "batchedGemm",
        "another number of matrices",
        (b, t) ->
            b.batchedGemm(
                GemmOp.NN, 1, t.numbers(2, 3, 4), t.numbers(3, 4, 5), 0, t.numbers(2, 3, 5)));
    cases.add(
        "batchedGemm",
        "inner extents that differ",
        (b, t) ->
            b.batchedGemm(
                GemmOp.NT, 1, t.numbers(2, 3, 4), t.numbers(2, 4, 5), 0, t.numbers(2, 3, 4)));
    cases.add(
        "batchedGemm",
        "matrices alone",
        (b, t) ->
            b.batchedGemm(GemmOp.NN, 1, t.numbers(3, 4), t.numbers(4, 5), 0, t.numbers(3, 5)));
  }
}
