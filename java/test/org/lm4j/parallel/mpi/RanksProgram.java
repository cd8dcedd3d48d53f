package org.lm4j.parallel.mpi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.RankedSum;
import org.lm4j.parallel.SharedProcessors;
import org.lm4j.tensor.Tensor;

/** One rank of a job that exchanges all that can be exchanged; rank 0 prints what came of it. */
final class RanksProgram {
  private RanksProgram() {}

  /**
   * Runs a rank.
   *
   * @param args {@code fail} where rank 1 is to end with code 7 in the middle
   */
  public static void main(String[] args) {
    boolean fails = Arrays.asList(args).contains("fail");
    try (Communicator ranks = MpiRanks.join().orElseThrow();
        Backend backend = Backends.open("cpu", new BackendOptions(1), line -> {});
        RankedSum sums = new RankedSum(ranks, backend);
        Arena arena = Arena.ofConfined()) {
      double[][] numbers = ranks.gather(ranks.rank(), 0.5);
      MemorySegment word = arena.allocateFrom("rank " + ranks.rank());
      ranks.broadcast(word);
      MemorySegment send = arena.allocate(ranks.size());
      MemorySegment receive = arena.allocate(ranks.size());
      for (int i = 0; i < ranks.size(); i++) {
        send.set(ValueLayout.JAVA_BYTE, i, (byte) (10 * ranks.rank() + i));
      }
      ranks.allToAll(send, receive);
      Tensor x = backend.allocate(2_000_003);
      backend.fill(x, ranks.rank() + 1);
      sums.begin(x.view(1_000_001, 1_000_002));
      sums.begin(x.view(3, 500_000));
      sums.sum(x);
      if (fails && ranks.rank() == 1) {
        System.exit(7);
      }
      ranks.barrier();
      if (ranks.rank() == 0) {
        System.out.printf(
            "%d ranks, %s, %s, %s, sums %s %s, threads %d%n",
            ranks.size(),
            Arrays.deepToString(numbers),
            word.getString(0),
            Arrays.toString(receive.toArray(ValueLayout.JAVA_BYTE)),
            x.segment().get(ValueLayout.JAVA_FLOAT, 0),
            x.segment().get(ValueLayout.JAVA_FLOAT, 4L * 2_000_002),
            SharedProcessors.threads(ranks) > 0 ? 1 : 0);
      } else {
        SharedProcessors.threads(ranks);
      }
      x.storage().close();
      ranks.finish();
    }
  }
}
