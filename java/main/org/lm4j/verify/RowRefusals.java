package org.lm4j.verify;

import java.util.function.Function;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.NegativeSamples;
import org.lm4j.tensor.Tensor;

/** Cases that softmax, the hinge loss, columns and batched matrix products must refuse. */
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
    samples(cases);
    columns(cases);
    sequences(cases);
    products(cases);
  }

  private static void samples(RefusalCases cases) {
    cases.add(
        "negativeSampling",
        "too few weights",
        (b, t) -> b.negativeSampling(samples(t, 2, 1), t.numbers(1, 3), t.numbers(1)));
    cases.add(
        "negativeSampling",
        "a gradient of another width",
        (b, t) -> b.negativeSampling(samples(t, 2, 2), t.numbers(1, 4), t.numbers(1)));
    cases.add(
        "negativeSampling",
        "too few candidates",
        (b, t) -> b.negativeSampling(samples(t, 1, 2), t.numbers(1, 3), t.numbers(1)));
    cases.add(
        "negativeSamplingUpdate",
        "a table of another width",
        (b, t) -> b.negativeSamplingUpdate(samples(t, 2, 2), 1, t.numbers(7, 4)));
  }

  /** One word of three numbers with two candidates out of seven. */
  private static NegativeSamples samples(Refused t, int candidates, int weights) {
    return new NegativeSamples(
        t.numbers(7, 3),
        t.numbers(1, 3),
        t.ids(new int[candidates]),
        t.ids(1, 0),
        t.numbers(weights),
        t.numbers(2),
        new NegativeSamples.Work(t.numbers(2, 3), t.numbers(2, 2), t.numbers(2)));
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

  private static void sequences(RefusalCases cases) {
    sequences(cases, "matrices", t -> t.numbers(4, 6), t -> t.ids(4, 4), t -> t.numbers(4, 6));
    sequences(cases, "another width", t -> t.numbers(4, 2, 3), t -> t.ids(4, 4), t -> to(t, 2, 4));
    sequences(cases, "another batch", t -> t.numbers(4, 2, 3), t -> t.ids(4, 4), t -> to(t, 3, 2));
    sequences(cases, "too few lengths", t -> t.numbers(4, 2, 3), t -> t.ids(4), t -> to(t, 2, 3));
    sequences(
        cases, "a length beyond both", t -> t.numbers(3, 2, 3), t -> t.ids(1, 5), t -> to(t, 2, 3));
    sequences(
        cases, "a negative length", t -> t.numbers(4, 2, 3), t -> t.ids(-1, 4), t -> to(t, 2, 3));
    sequences(
        cases, "numbers for lengths", t -> t.numbers(4, 2, 3), t -> t.numbers(2), t -> to(t, 2, 3));
    sequences(
        cases,
        "the other float type",
        t -> t.otherType(4, 2, 3),
        t -> t.ids(4, 4),
        t -> to(t, 2, 3));
    cases.add(
        "copySequences",
        "a target over its source",
        (b, t) -> {
          Tensor x = t.numbers(4, 2, 3);
          b.copySequences(x, t.ids(4, 4), false, x);
        });
  }

  /** Returns a target of four steps. */
  private static Tensor to(Refused tensors, int batch, int width) {
    return tensors.numbers(4, batch, width);
  }

  private static void sequences(
      RefusalCases cases,
      String name,
      Function<Refused, Tensor> source,
      Function<Refused, Tensor> lengths,
      Function<Refused, Tensor> target) {
    cases.add(
        "copySequences",
        name,
        (b, t) -> b.copySequences(source.apply(t), lengths.apply(t), true, target.apply(t)));
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
