package org.lm4j.parallel.mpi;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.ProcessEnvironment;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.RanksException;

/** The ranks of a job that {@code mpirun} started. There is one of these in a process. */
public final class MpiRanks implements Communicator {
  /**
   * Settings of libraries that a user has not made. UCX, the transport of many clusters, would take
   * signals from the JVM, which uses them itself: it gets none. MPICH polls without giving way,
   * which takes the processor from the rank that is waited for where there are more ranks than
   * cores: it gives way after so many times.
   */
  private static final Map<String, String> SETTINGS =
      Map.of("UCX_ERROR_SIGNALS", "", "MPIR_CVAR_POLLS_BEFORE_YIELD", "1000");

  private final Mpi mpi;
  private final int rank;
  private final int size;
  private boolean finished;

  private MpiRanks(Mpi mpi) {
    this.mpi = mpi;
    this.rank = mpi.rank();
    this.size = mpi.size();
  }

  /**
   * Joins the job that this process was started in.
   *
   * @return nothing if it was started alone; no library is opened then
   * @throws RanksException if there is no library for it, or another than that of {@code mpirun}
   */
  public static Optional<Communicator> join() {
    return Launch.of(System.getenv()).map(MpiRanks::join);
  }

  /**
   * Initializes MPI whatever the environment says, for programs that start ranks in their own way.
   *
   * @throws RanksException if there is no library
   */
  public static Communicator joinAnyway() {
    return join(Launch.of(System.getenv()).orElse(new Launch(Launch.Starter.UNKNOWN, 0, 0)));
  }

  private static Communicator join(Launch launch) {
    try {
      SETTINGS.forEach(ProcessEnvironment::setIfAbsent);
      Mpi mpi = MpiLibrary.open(launch.starter());
      mpi.init();
      MpiRanks ranks = new MpiRanks(mpi);
      if (launch.size() > 1 && ranks.size != launch.size()) {
        throw new RanksException(
            "%s started %d processes, but %s (%s) sees %d: it belongs to another MPI; set LM4J_MPI to the library that belongs to it"
                .formatted(
                    launch.starter().words(),
                    launch.size(),
                    mpi.name(),
                    mpi.version(),
                    ranks.size));
      }
      return ranks;
    } catch (NativeException e) {
      String why =
          launch.starter() == Launch.Starter.UNKNOWN
              ? "MPI is asked for"
              : "this is one of several processes, started by " + launch.starter().words();
      throw new RanksException(why + ", but " + e.getMessage(), e);
    }
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String description() {
    return mpi.version();
  }

  @Override
  public void allToAll(MemorySegment send, MemorySegment receive) {
    mpi.allToAll(send.address(), receive.address(), bytes(send.byteSize() / size));
  }

  @Override
  public void allGather(MemorySegment send, MemorySegment receive) {
    mpi.allGather(send.address(), receive.address(), bytes(send.byteSize()));
  }

  @Override
  public void broadcast(MemorySegment bytes) {
    mpi.broadcast(bytes.address(), bytes(bytes.byteSize()));
  }

  private static int bytes(long count) {
    return Math.toIntExact(count);
  }

  @Override
  public void barrier() {
    mpi.barrier();
  }

  @Override
  public void finish() {
    finished = true;
  }

  /**
   * Waits for the others and ends the connection; after a failure does nothing, since {@code
   * mpirun} ends the job when a process ends that never closed its connection.
   */
  @Override
  public void close() {
    if (finished) {
      mpi.end();
    }
  }
}
