package org.lm4j.parallel.mpi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.ProcessEnvironment;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.RanksException;
import org.lm4j.parallel.Transfer;

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
  private @Nullable PeerWatch watch; // null for one rank, and at the end

  /** Whether waiting is not timed: until all have begun, before which the first may need hours. */
  private volatile boolean patient = true;

  private volatile long waitingSince; // see PeerWatch.Waiting
  private final Deque<MpiTransfer> free = new ArrayDeque<>(); // transfers that are done
  private boolean finished;

  private static final Duration ABORTING = Duration.ofSeconds(3);
  private static volatile @Nullable MpiRanks joined; // until its connection is closed

  private MpiRanks(Mpi mpi) {
    this.mpi = mpi;
    this.rank = mpi.rank();
    this.size = mpi.size();
  }

  /**
   * Ends the whole job if this process is one of several and has not ended its connection in good
   * order; does nothing otherwise. For a process that is about to end because it has failed, once
   * it has said why: not all programs that start ranks end a job when one of them does.
   *
   * @param code the exit code of the job, where its starter passes it on
   */
  public static void abandon(int code) {
    MpiRanks ranks = joined;
    if (ranks != null && ranks.size > 1) {
      ranks.abort(code);
    }
  }

  /** Ends the job, this process too; a library that cannot is given a few seconds. */
  private void abort(int code) {
    Thread aborting = Thread.ofPlatform().daemon().name("mpi-abort").start(() -> mpi.abort(code));
    try {
      aborting.join(ABORTING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(code);
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
      ranks.begin();
      return ranks;
    } catch (NativeException e) {
      String why =
          launch.starter() == Launch.Starter.UNKNOWN
              ? "MPI is asked for"
              : "this is one of several processes, started by " + launch.starter().words();
      throw new RanksException(why + ", but " + e.getMessage(), e);
    }
  }

  private void begin() {
    joined = this;
    if (size > 1) {
      List<PeerWatch.Peer> peers = PeerWatch.peers(this);
      PeerWatch.Patience patience =
          new PeerWatch.Patience(PeerWatch.BETWEEN, PeerWatch.timeout(System.getenv()));
      watch = new PeerWatch(rank, peers, () -> waitingSince, patience, () -> abort(1));
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
    int piece = bytes(send.byteSize() / size);
    waiting(() -> mpi.allToAll(send.address(), receive.address(), piece));
  }

  @Override
  public void allGather(MemorySegment send, MemorySegment receive) {
    int piece = bytes(send.byteSize());
    waiting(() -> mpi.allGather(send.address(), receive.address(), piece));
  }

  @Override
  public void broadcast(MemorySegment bytes) {
    int count = bytes(bytes.byteSize());
    waiting(() -> mpi.broadcast(bytes.address(), count));
  }

  private static int bytes(long count) {
    return Math.toIntExact(count);
  }

  @Override
  public void barrier() {
    waiting(mpi::barrier);
    patient = false;
  }

  @Override
  public boolean transfers() {
    return mpi.isSerialized();
  }

  @Override
  public Transfer send(MemorySegment bytes, int to, int tag) {
    MpiTransfer transfer = MpiTransfer.take(free, this);
    mpi.send(bytes.address(), bytes(bytes.byteSize()), to, tag, transfer.request());
    return transfer;
  }

  @Override
  public Transfer receive(MemorySegment bytes, int from, int tag) {
    MpiTransfer transfer = MpiTransfer.take(free, this);
    mpi.receive(bytes.address(), bytes(bytes.byteSize()), from, tag, transfer.request());
    return transfer;
  }

  /** Tests a transfer, see {@link Mpi#test}; returns whether it is done. */
  boolean test(long request, MemorySegment flag, long description) {
    mpi.test(request, flag.address(), description);
    boolean done = flag.get(ValueLayout.JAVA_INT, 0) != 0;
    if (done || patient) {
      waitingSince = 0;
    } else if (waitingSince == 0) {
      waitingSince = Math.max(1, System.nanoTime());
    }
    return done;
  }

  private void waiting(Runnable call) {
    waitingSince = patient ? 0 : Math.max(1, System.nanoTime());
    call.run();
    waitingSince = 0;
  }

  @Override
  public void finish() {
    finished = true;
  }

  /**
   * Waits for the others and ends the connection; after a failure lets this process end the job
   * when it ends itself, see {@link #abandon}.
   */
  @Override
  public void close() {
    if (!finished) {
      try {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> abandon(1), "mpi-abandon"));
      } catch (IllegalStateException e) { // it is ending already
        abandon(1);
      }
      return;
    }
    barrier(); // a rank that ends is missed by those that still watch
    if (watch != null) {
      watch.close();
      watch = null;
    }
    mpi.end();
    joined = null;
  }
}
