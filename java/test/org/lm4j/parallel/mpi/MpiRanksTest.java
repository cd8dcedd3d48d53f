package org.lm4j.parallel.mpi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.Need;

/** Ranks that mpirun starts, with each library of this machine. */
@Tag("slow")
class MpiRanksTest {
  @Test
  void exchangesWithEachLibraryOfThisMachine() throws Exception {
    List<String> starters = MpiJobs.starters();
    Need.MPI.check(!starters.isEmpty(), "mpirun is not installed");
    for (String starter : starters) {
      assertThat(MpiJobs.run(0, MpiJobs.command(starter, 3, RanksProgram.class)))
          .as(starter)
          .contains(
              "3 ranks, [[0.0, 0.5], [1.0, 0.5], [2.0, 0.5]], rank 0, [0, 10, 20], sums 6.0 6.0");
    }
  }
}
