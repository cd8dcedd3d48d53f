package org.lm4j.parallel;

/** The number of a rank among those on the same machine. */
public final class LocalRank {
  private LocalRank() {}

  /**
   * Returns how many ranks below this one run on the same machine, by which each takes another GPU.
   * Every rank calls this.
   */
  public static int of(Communicator ranks) {
    return of(ranks, SharedProcessors.machine());
  }

  /**
   * Returns a number by which ranks compare places: the same for equal names on one machine.
   *
   * @param place of something on this machine, a GPU say
   */
  public static double number(String place) {
    return SharedProcessors.number(SharedProcessors.machine() + place);
  }

  /**
   * Returns how many ranks below this one have the same machine.
   *
   * @param machine its name
   */
  static int of(Communicator ranks, String machine) {
    double mine = SharedProcessors.number(machine);
    double[][] all = ranks.gather(mine);
    int below = 0;
    for (int rank = 0; rank < ranks.rank(); rank++) {
      below += all[rank][0] == mine ? 1 : 0;
    }
    return below;
  }
}
