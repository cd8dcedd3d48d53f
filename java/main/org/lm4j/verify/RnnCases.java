package org.lm4j.verify;

import java.util.List;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.verify.RnnWindow.Wanted;

/** Whole stacks over whole windows, forward and backward. */
final class RnnCases {
  private RnnCases() {}

  static void add(ParityCases cases, int lanes) {
    int[] widths = {1, Math.max(1, lanes - 1), lanes, lanes + 1, 37};
    int[] batches = {1, 2, 7, 20};
    List<Wanted> wishes = List.of(Wanted.values());
    for (Cell cell : Cell.values()) {
      int turn = 0; // runs through widths, batches and requests so that each meets each other
      for (int layers = 1; layers <= 3; layers++) {
        for (int steps : new int[] {1, 5}) {
          for (int hidden : widths) {
            Wanted wanted = wishes.get((2 * turn + turn / widths.length) % wishes.size());
            int batch = batches[turn % batches.length];
            int input = widths[(3 * turn + turn / widths.length + 1) % widths.length];
            double dropout = turn % 2 == 0 ? 0 : 0.3;
            RnnSpec spec = new RnnSpec(cell, input, hidden, layers, dropout);
            add(cases, new RnnWindow(spec, steps, batch, wanted, 1));
            add(cases, new RnnWindow(spec, steps, batches[(turn + 1) % batches.length], null, 1));
            turn++;
          }
        }
      }
      notFinite(cases, cell);
      RnnSpec spec = new RnnSpec(cell, 11, 37, 2, 0.25);
      add(cases, new RnnWindow(spec, 4, 7, Wanted.ALL, 2));
      add(cases, new RnnWindow(spec, 4, 1, null, 3));
      for (int batch : batches) {
        add(cases, new RnnWindow(new RnnSpec(cell, 3, 5, 1, 0), 2, batch, Wanted.ALL, 1));
      }
      add(cases, new RnnWindow(new RnnSpec(cell, 65, 131, 2, 0), 12, 20, Wanted.ALL, 1));
      lookups(cases, cell);
    }
  }

  /** Inputs that are rows of a table: smaller than the window, as large, and larger. */
  private static void lookups(ParityCases cases, Cell cell) {
    for (int vocabulary : new int[] {1, 11, 17, 34, 35, 90}) {
      RnnSpec spec = new RnnSpec(cell, 13, 21, 2, vocabulary == 11 ? 0.3 : 0);
      add(cases, new RnnWindow(spec, 5, 7, Wanted.ALL, 2, vocabulary));
      add(cases, new RnnWindow(spec, 5, 7, Wanted.WEIGHTS, 1, vocabulary));
      add(cases, new RnnWindow(spec, 5, 7, null, 1, vocabulary));
      add(cases, new RnnWindow(spec, 1, 1, null, 2, vocabulary));
    }
    RnnSpec wide = new RnnSpec(cell, 20, 530, 1, 0); // several chunks, shared by units
    add(cases, new RnnWindow(wide, 40, 25, Wanted.ALL, 1, 33));
  }

  private static void add(ParityCases cases, RnnWindow window) {
    String operation = window.wanted() == null ? "rnnForward" : "rnnBackward";
    ParityCase.Builder builder = cases.start(operation, window.toString()).products();
    window.addTo(builder);
    cases.add(builder.runs(window::run));
  }

  /**
   * Adds cases in which one sequence of several is not finite, which must not affect the others.
   */
  private static void notFinite(ParityCases cases, Cell cell) {
    RnnWindow window = new RnnWindow(new RnnSpec(cell, 19, 19, 2, 0), 3, 5, null, 1);
    for (double special : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
      ParityCase.Builder builder =
          cases.start("rnnForward", window + " with " + special).products();
      window.addTo(builder);
      cases.add(builder.with("x", special).runs(window::run));
    }
  }
}
