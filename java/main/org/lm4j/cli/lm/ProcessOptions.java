package org.lm4j.cli.lm;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.lm4j.backend.nccl.NcclRanks;
import org.lm4j.compute.Backend;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.OneRank;
import org.lm4j.parallel.mpi.Launch;
import org.lm4j.parallel.mpi.MpiRanks;
import picocli.CommandLine.Option;

/** The options of a run of several processes. A mixin. */
final class ProcessOptions {
  /** Whether to use MPI. */
  enum Use {
    /** If mpirun or srun has started several processes. */
    AUTO,
    /** Always. */
    ON,
    /** Never. */
    OFF;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--mpi",
      paramLabel = "NAME",
      description = {
        "Train one model by all processes that mpirun or srun has started, each with a part of"
            + " every batch: ${COMPLETION-CANDIDATES} [{default}].",
        "auto: if there are several; off: each by itself. LM4J_MPI names a library other than the"
            + " one that is found."
      })
  private Use use = Use.AUTO;

  /** What carries gradients from process to process. */
  enum Exchange {
    /** NCCL if every process has a GPU and the library. */
    AUTO,
    /** NCCL, or an error. */
    NCCL,
    /** The library of {@code mpirun}, through the memory of the host. */
    MPI;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--exchange",
      paramLabel = "NAME",
      description = {
        "How several processes exchange gradients: ${COMPLETION-CANDIDATES} [{default}].",
        "nccl: from GPU to GPU, by NVIDIA's library; mpi: through the memory of the host; auto:"
            + " nccl where every process has a GPU and NCCL."
      })
  private Exchange exchange = Exchange.AUTO;

  /**
   * Joins the job that this process is part of.
   *
   * @throws org.lm4j.parallel.RanksException if there is no library for it
   */
  Communicator join() {
    return switch (use) {
      case OFF -> OneRank.INSTANCE;
      case ON -> MpiRanks.joinAnyway();
      case AUTO -> MpiRanks.join().orElse(OneRank.INSTANCE);
    };
  }

  /**
   * Connects the GPUs of the processes as the options say; every process calls this.
   *
   * @param backend that this process computes on
   * @return the processes as the trainer is to see them, which does not close {@code ranks}
   * @throws org.lm4j.InputException if NCCL is asked for and cannot be used
   */
  Communicator exchange(Communicator ranks, Backend backend, PrintWriter err) {
    return switch (exchange) {
      case NCCL -> NcclRanks.require(ranks, backend);
      case AUTO -> NcclRanks.over(ranks, backend, err::println);
      case MPI -> ranks;
    };
  }

  /** Ends the connection of the GPUs in good order, if there is one. */
  static void leave(Communicator connected) {
    if (connected instanceof NcclRanks gpus) {
      gpus.finish();
      gpus.close();
    }
  }

  /** Returns whether this process is one of several that train together. */
  boolean several() {
    return use != Use.OFF && Launch.of(System.getenv()).isPresent();
  }

  /** Describes the processes; nothing to say of one alone. */
  static List<String> describe(Communicator ranks) {
    return ranks.size() == 1
        ? List.of()
        : List.of("ranks    %d processes, %s".formatted(ranks.size(), ranks.description()));
  }
}
