package org.lm4j.parallel.mpi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/** Ranks that mpirun starts, with each library of this machine. */
@Tag("slow")
class MpiRanksTest {
  @TempDir private Path folder;

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

  @Test
  void aKilledRankEndsTheJobAndTheRunIsResumed() throws Exception {
    KillRanks killer = new KillRanks(folder, MpiJobs.starter(), 11);
    assertThat(killer.run(1)).startsWith("1 kills in ");
  }

  @Test
  void whatIsWrongIsReportedOnce() throws Exception {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), "a few words\n".repeat(40));
    assertRefusedOnce(
        corpus,
        "lm: a batch of 1 is too small for 2 processes: make --batch larger, or start fewer.",
        "--batch",
        "1");
    assertRefusedOnce(
        corpus,
        "lm: --estimate and --find-rate run in one process; start them without mpirun or srun.",
        "--estimate");
  }

  private void assertRefusedOnce(Path corpus, String sentence, String... options) throws Exception {
    Path model = folder.resolve("model");
    List<String> train =
        new ArrayList<>(List.of("train", "--corpus", corpus + "", "--model", model + ""));
    train.addAll(List.of(options));
    List<String> command =
        MpiJobs.command(MpiJobs.starter(), 2, org.lm4j.cli.Lm.class, train.toArray(String[]::new));
    String printed = MpiJobs.run(2, command);
    assertThat(printed.lines().filter(line -> line.startsWith("lm: "))).containsExactly(sentence);
    assertThat(model).doesNotExist();
  }
}
