package org.lm4j.verify;

import org.lm4j.compute.RandomKey;

/** Cases of embedding and dropout. */
final class LookupCases {
  private LookupCases() {}

  static void add(ParityCases cases, int[] sizes) {
    for (int width : sizes) {
      for (int count : new int[] {1, 50}) {
        lookup(cases, width, count);
      }
      dropout(cases, width);
    }
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
