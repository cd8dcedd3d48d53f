package org.lm4j.verify;

import java.util.List;
import java.util.function.Consumer;
import org.lm4j.compute.Backend;
import org.lm4j.compute.NegativeSamples;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;

/** Cases of embedding and dropout. */
final class LookupCases {
  private LookupCases() {}

  static void add(ParityCases cases, int[] sizes) {
    for (int width : sizes) {
      for (int count : new int[] {1, 50}) {
        lookup(cases, width, count);
      }
      dropout(cases, width);
      samples(cases, 9, 7, width);
    }
    samples(cases, 1, 1, 3);
    samples(cases, 300, 15, 100);
  }

  private static void samples(ParityCases cases, int words, int places, int width) {
    int vocabulary = 23;
    int all = words * places;
    String size = "N=%d C=%d D=%d".formatted(words, places, width);
    cases.add(
        cases
            .start("negativeSampling", size)
            .products()
            .reduction(width + places)
            .numbers("table", vocabulary, width)
            .numbers("x", words, width)
            .ids("candidates", vocabulary, vocabulary - 1, all)
            .ids("classes", 2, -1, all)
            .numbers("weights", all)
            .numbers("scores", all)
            .numbers("lossSum", 1)
            .numbers("dx", words, width)
            .runs(
                (backend, t) ->
                    sampling(
                        backend,
                        t,
                        samples ->
                            backend.negativeSampling(samples, t.get("dx"), t.get("lossSum")))));
    cases.add(
        cases
            .start("negativeSamplingUpdate", size)
            .products()
            .reduction(all)
            .numbers("x", words, width)
            .ids("candidates", vocabulary, 0, all)
            .ids("classes", 2, -1, all)
            .numbers("weights", all)
            .numbers("scores", all)
            .numbers("table", vocabulary, width)
            .runs(
                (backend, t) ->
                    sampling(
                        backend,
                        t,
                        samples -> backend.negativeSamplingUpdate(samples, -0.7, t.get("table")))));
  }

  private static void sampling(Backend backend, PreparedCase t, Consumer<NegativeSamples> action) {
    Tensor x = t.get("x");
    int all = (int) t.get("scores").size();
    Tensor vectors = backend.allocate(all, x.shape().dim(1));
    Tensor logits = backend.allocate(all, 2);
    Tensor losses = backend.allocate(all);
    action.accept(
        new NegativeSamples(
            t.get("table"),
            x,
            t.get("candidates"),
            t.get("classes"),
            t.get("weights"),
            t.get("scores"),
            new NegativeSamples.Work(vectors, logits, losses)));
    List.of(vectors, logits, losses).forEach(each -> each.storage().close());
  }

  private static void lookup(ParityCases cases, int width, int count) {
    int vocabulary = 23; // below 50: some rows are used more than once
    String size = "V=%d D=%d N=%d".formatted(vocabulary, width, count);
    cases.add(
        cases
            .start("embed", size)
            .numbers("table", vocabulary, width)
            .ids("ids", vocabulary, vocabulary - 1, count)
            .numbers("out", count, width)
            .runs((backend, t) -> backend.embed(t.get("table"), t.get("ids"), t.get("out"))));
    cases.add(
        cases
            .start("embedBackward", size)
            .reduction(count)
            .numbers("dOut", count, width)
            .ids("ids", vocabulary, 0, count)
            .numbers("dTable", vocabulary, width)
            .runs(
                (backend, t) ->
                    backend.embedBackward(t.get("dOut"), t.get("ids"), t.get("dTable"))));
  }

  private static void dropout(ParityCases cases, int n) {
    for (double p : new double[] {0, 0.25, 0.65}) {
      RandomKey key = new RandomKey(0x1234_5678_9ABCL + n, (3L << 32) + 5);
      cases.add(
          cases
              .start("dropout", "n=%d p=%s".formatted(n, p))
              .numbers("x", n)
              .numbers("y", n)
              .runs((backend, t) -> backend.dropout(t.get("x"), t.get("y"), p, key, 77)));
      cases.add(
          cases
              .start("dropout", "n=%d p=%s in place".formatted(n, p))
              .numbers("x", n)
              .runs(
                  (backend, t) -> {
                    backend.dropout(t.get("x"), t.get("x"), p, key, (1 << 24) - 1);
                    backend.dropout(t.get("x"), t.get("x"), p, key, 0);
                  }));
    }
  }
}
