package org.lm4j.backend.nccl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.cuda.CudaBackend;
import org.lm4j.backend.cuda.device.CudaLibraries;
import org.lm4j.backend.cuda.device.DeviceRanks;
import org.lm4j.backend.cuda.nccl.Nccl;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BackendException;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.ProcessEnvironment;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.TensorSum;

/**
 * Ranks with a GPU each: tensors are summed by NCCL, from one GPU's memory to the other's; all else
 * goes through the connection that joined the ranks. Closing this does not close that connection.
 *
 * <p>The order in which NCCL adds depends on the number of ranks, on how their GPUs are connected
 * and on its version, not on time: the same bits in every run, and in all ranks. The one exception,
 * sums inside an NVSwitch, is turned off unless the environment variable {@code NCCL_NVLS_ENABLE}
 * is set.
 */
public final class NcclRanks implements Communicator {
  private static final Map<String, String> SETTINGS = Map.of("NCCL_NVLS_ENABLE", "0");

  private final Communicator ranks;
  private final CudaBackend backend;
  private final DeviceRanks gpus;
  private final String version;
  private boolean finished;

  private NcclRanks(Communicator ranks, CudaBackend backend, Nccl nccl) {
    this.ranks = ranks;
    this.backend = backend;
    this.version = nccl.versionText();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment id = arena.allocate(Nccl.ID_BYTES);
      if (ranks.rank() == 0) {
        nccl.createId(id);
      }
      ranks.broadcast(id);
      this.gpus = backend.join(nccl, ranks.size(), id, ranks.rank());
    }
  }

  /**
   * Connects the GPUs of the ranks if each has one and NCCL; every rank calls this.
   *
   * @param backend that the rank computes on
   * @param log receives one line where GPUs are not connected, with the reason
   * @return the ranks with their GPUs connected; the given ones where they compute on a CPU, or
   *     NCCL cannot be used
   * @throws BackendException if NCCL is there, but fails
   */
  public static Communicator over(Communicator ranks, Backend backend, Consumer<String> log) {
    if (ranks.size() == 1) {
      return ranks;
    }
    Candidate mine = Candidate.of(backend);
    String hindrance = Hindrance.of(ranks, mine);
    if (hindrance == null) {
      return connected(ranks, mine);
    }
    if (!hindrance.equals(Hindrance.NO_GPUS)) {
      log.accept("gradients go through the memory of the host, since " + hindrance);
    }
    return ranks;
  }

  /**
   * Connects the GPUs of the ranks; every rank calls this.
   *
   * @throws InputException if they cannot be connected, with the reason
   * @throws BackendException if NCCL fails
   */
  public static Communicator require(Communicator ranks, Backend backend) {
    if (ranks.size() == 1) {
      return ranks;
    }
    Candidate mine = Candidate.of(backend);
    String hindrance = Hindrance.of(ranks, mine);
    if (hindrance != null) {
      throw InputException.naming(
          "{exchange} nccl is not possible, since %s; {exchange} mpi does without."
              .formatted(hindrance));
    }
    return connected(ranks, mine);
  }

  private static Communicator connected(Communicator ranks, Candidate mine) {
    if (mine.backend() == null || mine.nccl() == null) {
      throw new IllegalStateException("nothing hinders it, but there is no GPU or no NCCL");
    }
    return new NcclRanks(ranks, mine.backend(), mine.nccl());
  }

  /**
   * What this process has for it.
   *
   * @param backend null if it computes on a CPU
   * @param nccl null if there is none
   * @param missing why there is none; empty if there is
   */
  record Candidate(@Nullable CudaBackend backend, @Nullable Nccl nccl, String missing) {
    static Candidate of(Backend backend) {
      if (!(backend instanceof CudaBackend cuda)) {
        return new Candidate(null, null, "");
      }
      SETTINGS.forEach(ProcessEnvironment::setIfAbsent);
      try {
        return new Candidate(cuda, CudaLibraries.find().nccl(), "");
      } catch (NativeException | BackendException e) {
        return new Candidate(cuda, null, String.valueOf(e.getMessage()));
      }
    }
  }

  @Override
  public int rank() {
    return ranks.rank();
  }

  @Override
  public int size() {
    return ranks.size();
  }

  @Override
  public String description() {
    return ranks.description() + ", gradients by NCCL " + version;
  }

  @Override
  public void allToAll(MemorySegment send, MemorySegment receive) {
    ranks.allToAll(send, receive);
  }

  @Override
  public void allGather(MemorySegment send, MemorySegment receive) {
    ranks.allGather(send, receive);
  }

  @Override
  public void broadcast(MemorySegment bytes) {
    ranks.broadcast(bytes);
  }

  @Override
  public void barrier() {
    ranks.barrier();
  }

  /**
   * Returns the sums by NCCL.
   *
   * @throws IllegalArgumentException if it is another backend than the one that was connected
   */
  @Override
  public TensorSum sums(Backend of) {
    if (of != backend) {
      throw new IllegalArgumentException("the ranks are connected by another backend");
    }
    return new NcclSum(gpus);
  }

  @Override
  public void finish() {
    finished = true;
  }

  /**
   * Ends the connection of the GPUs; after a failure does nothing, since NCCL would wait for ranks
   * that have failed too.
   */
  @Override
  public void close() {
    if (finished) {
      gpus.leave();
    }
  }
}
