package org.lm4j.verify;

import java.util.ArrayList;
import java.util.List;

/** Every operation of a backend at the sizes where kernels go wrong. */
public final class ParityCases {
  private final long seed;
  private final List<ParityCase> cases = new ArrayList<>();

  private ParityCases(long seed) {
    this.seed = seed;
  }

  /**
   * Returns all cases.
   *
   * @param lanes elements in one vector of the machine; sizes gather around it
   * @param seed from which the data are drawn
   */
  public static List<ParityCase> all(int lanes, long seed) {
    ParityCases collector = new ParityCases(seed);
    int[] sizes = {1, Math.max(1, lanes - 1), lanes, lanes + 1, 67, 1009};
    ArithmeticCases.add(collector, sizes);
    LookupCases.add(collector, sizes);
    LossCases.add(collector, sizes);
    RowCases.add(collector, sizes);
    RnnCases.add(collector, lanes);
    TokenCases.add(collector, lanes);
    UpdateCases.add(collector, sizes);
    return List.copyOf(collector.cases);
  }

  ParityCase.Builder start(String operation, String name) {
    return new ParityCase.Builder(operation, name, seed);
  }

  void add(ParityCase added) {
    cases.add(added);
  }
}
