package org.lm4j.parallel.mpi;

import java.util.Map;
import java.util.Optional;

/**
 * What the environment of a process says about the program that started it as one rank of several:
 * {@code mpirun}, {@code mpiexec} or {@code srun}.
 *
 * @param starter whose library the process needs
 * @param rank of the process, from 0
 * @param size number of ranks; 0 if the environment does not say
 */
public record Launch(Starter starter, int rank, int size) {
  /** A family of programs that start ranks. */
  public enum Starter {
    /** {@code mpirun} of Open MPI. */
    OPEN_MPI("Open MPI's mpirun"),
    /** {@code mpirun} of MPICH, Intel MPI and others with the same process manager. */
    HYDRA("mpirun of MPICH or a relative"),
    /** {@code srun} of Slurm, with any library. */
    SLURM("Slurm's srun"),
    /** Another with PMIx. */
    PMIX("a starter with PMIx"),
    /** None that the environment shows. */
    UNKNOWN("an unknown starter");

    private final String words;

    Starter(String words) {
      this.words = words;
    }

    /** Returns its name in a sentence. */
    public String words() {
      return words;
    }
  }

  /**
   * Reads the environment.
   *
   * @return nothing if the process was started alone, or as the only rank, or if {@code LM4J_MPI}
   *     is {@code off}
   */
  public static Optional<Launch> of(Map<String, String> environment) {
    if (environment.getOrDefault("LM4J_MPI", "").equals("off")) {
      return Optional.empty();
    }
    return found(environment).filter(launch -> launch.size != 1);
  }

  private static Optional<Launch> found(Map<String, String> environment) {
    int steps = number(environment, "SLURM_STEP_NUM_TASKS", 0); // not those of a whole job
    if (environment.containsKey("OMPI_COMM_WORLD_SIZE")) {
      return Optional.of(
          new Launch(
              Starter.OPEN_MPI,
              number(environment, "OMPI_COMM_WORLD_RANK", 0),
              number(environment, "OMPI_COMM_WORLD_SIZE", 0)));
    }
    if (environment.containsKey("PMI_RANK") && steps == 0) {
      return Optional.of(
          new Launch(
              Starter.HYDRA,
              number(environment, "PMI_RANK", 0),
              number(environment, "PMI_SIZE", 0)));
    }
    if (steps > 0) {
      return Optional.of(new Launch(Starter.SLURM, number(environment, "SLURM_PROCID", 0), steps));
    }
    return environment.containsKey("PMIX_RANK")
        ? Optional.of(new Launch(Starter.PMIX, number(environment, "PMIX_RANK", 0), 0))
        : Optional.empty();
  }

  private static int number(Map<String, String> environment, String name, int otherwise) {
    String value = environment.getOrDefault(name, "");
    return value.matches("[0-9]{1,9}") ? Integer.parseInt(value) : otherwise;
  }

  /** Describes it: {@code rank 1 of 4, started by Open MPI's mpirun}. */
  public String description() {
    String of = size > 0 ? " of " + size : "";
    return "rank %d%s, started by %s".formatted(rank, of, starter.words);
  }
}
