package org.lm4j.backend.nccl;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cuda.CudaBackend;
import org.lm4j.backend.cuda.nccl.Nccl;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.LocalRank;

/** Finds why NCCL cannot connect the GPUs of several ranks, before they try. */
final class Hindrance {
  /** The reason where no rank has a GPU, which is not worth a word. */
  static final String NO_GPUS = "the processes compute on a CPU";

  private static final int ON_CPU = 0;
  private static final int WITHOUT_NCCL = 1;
  private static final int READY = 2;

  private Hindrance() {}

  /**
   * Compares what the ranks have; every rank calls this.
   *
   * @return the reason as part of a sentence, from the same ranks in all of them; null for none
   */
  static @Nullable String of(Communicator ranks, NcclRanks.Candidate mine) {
    CudaBackend backend = mine.backend();
    Nccl nccl = mine.nccl();
    int state = backend == null ? ON_CPU : nccl == null ? WITHOUT_NCCL : READY;
    int version = nccl == null ? 0 : nccl.version();
    double gpu = backend == null ? 0 : LocalRank.number(backend.busId());
    return of(ranks.gather(state, version, gpu), ranks.rank(), mine.missing());
  }

  /**
   * Finds the reason.
   *
   * @param all of each rank its state, the version of NCCL, and its GPU
   * @param rank that asks
   * @param missing why that rank has no NCCL
   */
  static @Nullable String of(double[][] all, int rank, String missing) {
    int onCpu = first(all, ON_CPU);
    if (onCpu >= 0) {
      boolean none = first(all, WITHOUT_NCCL) < 0 && first(all, READY) < 0;
      return none ? NO_GPUS : "process %d computes on a CPU".formatted(onCpu);
    }
    int without = first(all, WITHOUT_NCCL);
    if (without >= 0) {
      return all[rank][0] == WITHOUT_NCCL ? missing : "process %d finds no NCCL".formatted(without);
    }
    for (int other = 1; other < all.length; other++) {
      if (all[other][1] != all[0][1]) {
        return "process 0 finds NCCL %s and process %d NCCL %s"
            .formatted(Nccl.text((int) all[0][1]), other, Nccl.text((int) all[other][1]));
      }
      for (int earlier = 0; earlier < other; earlier++) {
        if (all[other][2] == all[earlier][2]) {
          return "processes %d and %d share a GPU, and NCCL needs one for each"
              .formatted(earlier, other);
        }
      }
    }
    return null;
  }

  private static int first(double[][] all, int state) {
    for (int rank = 0; rank < all.length; rank++) {
      if (all[rank][0] == state) {
        return rank;
      }
    }
    return -1;
  }
}
