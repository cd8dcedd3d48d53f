package org.lm4j.parallel.mpi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lm4j.parallel.RanksException;

/** Which environments are those of one rank of several. */
class LaunchTest {
  @Test
  void knowsTheProgramsThatStartRanks() {
    assertThat(Launch.of(Map.of("OMPI_COMM_WORLD_SIZE", "4", "OMPI_COMM_WORLD_RANK", "1")))
        .contains(new Launch(Launch.Starter.OPEN_MPI, 1, 4));
    assertThat(Launch.of(Map.of("PMI_SIZE", "2", "PMI_RANK", "0")))
        .contains(new Launch(Launch.Starter.HYDRA, 0, 2));
    assertThat(
            Launch.of(Map.of("SLURM_STEP_NUM_TASKS", "8", "SLURM_PROCID", "7", "PMIX_RANK", "7")))
        .contains(new Launch(Launch.Starter.SLURM, 7, 8));
    assertThat(Launch.of(Map.of("PMIX_RANK", "3"))).contains(new Launch(Launch.Starter.PMIX, 3, 0));
  }

  /** A batch script of Slurm has SLURM_PROCID 0 and the tasks of the job, but is no step. */
  @Test
  void aProcessAloneIsNone() {
    assertThat(Launch.of(Map.of())).isEmpty();
    assertThat(Launch.of(Map.of("SLURM_PROCID", "0", "SLURM_NTASKS", "16"))).isEmpty();
    assertThat(Launch.of(Map.of("SLURM_STEP_NUM_TASKS", "1", "SLURM_PROCID", "0"))).isEmpty();
    assertThat(Launch.of(Map.of("OMPI_COMM_WORLD_SIZE", "1", "OMPI_COMM_WORLD_RANK", "0")))
        .isEmpty();
    assertThat(Launch.of(Map.of("PMI_SIZE", "1", "PMI_RANK", "0"))).isEmpty();
    assertThat(Launch.of(Map.of("PMI_SIZE", "2", "PMI_RANK", "0", "LM4J_MPI", "off"))).isEmpty();
  }

  @Test
  void triesTheLibraryOfTheStarterFirst() {
    assertThat(MpiLibrary.candidates(Launch.Starter.OPEN_MPI, "Linux").getFirst())
        .isEqualTo("libmpi.so.40");
    assertThat(MpiLibrary.candidates(Launch.Starter.HYDRA, "Linux").getFirst())
        .isEqualTo("libmpich.so.12");
    assertThat(MpiLibrary.candidates(null, "Linux")).contains("libmpi_abi.so.0");
  }

  @Test
  void whoAsksForMpiAloneIsNotCalledOneOfSeveral() {
    System.setProperty("lm4j.mpi", "/nonesuch");
    try {
      assertThatThrownBy(MpiRanks::joinAnyway)
          .isInstanceOf(RanksException.class)
          .hasMessageStartingWith("MPI is asked for, but the MPI library given by lm4j.mpi");
    } finally {
      System.clearProperty("lm4j.mpi");
    }
  }

  @Test
  void shortensWhatLibrariesSayAboutThemselves() {
    assertThat(Mpi.shortVersion("Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4"))
        .isEqualTo("Open MPI v4.1.4");
    assertThat(Mpi.shortVersion("MPICH Version:      4.0.2\nMPICH Release date: 2022"))
        .isEqualTo("MPICH 4.0.2");
    assertThat(Mpi.shortVersion("Intel(R) MPI Library 2021.9 for Linux* OS\n"))
        .isEqualTo("Intel(R) MPI Library 2021.9 for Linux* OS");
  }
}
