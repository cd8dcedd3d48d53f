package org.lm4j.parallel.mpi;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.SharedProcessors;

/**
 * Ends the job where the MPI library and the program that started it do not, though a rank is gone:
 * {@code srun} without {@code --kill-on-bad-exit}, or ranks that exchange through shared memory and
 * would wait forever. A thread looks once a second whether the ranks of this machine are still
 * there, and how long this rank has waited in one call.
 */
final class PeerWatch implements AutoCloseable {
  /** Seconds that a rank waits for the others in one call, by environment variable. */
  static final String TIMEOUT = "LM4J_MPI_TIMEOUT";

  private static final Duration USUAL_TIMEOUT = Duration.ofMinutes(30);

  /** The time between two looks. */
  static final Duration BETWEEN = Duration.ofSeconds(1);

  private static final int CONFIRMED = 3; // looks, within which mpirun would have ended the job
  private static final Path NAMESPACE = Path.of("/proc/self/ns/pid");
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  /** A rank on this machine. */
  record Peer(int rank, ProcessHandle process) {}

  /** What the watched rank does at the moment. */
  interface Waiting {
    /** Returns since when it waits in one call, by {@link System#nanoTime}; 0 if it does not. */
    long since();
  }

  /**
   * The patience of a rank.
   *
   * @param between two looks
   * @param timeout of one call; zero for none
   */
  record Patience(Duration between, Duration timeout) {}

  private final int rank;
  private final List<Peer> peers;
  private final Waiting waiting;
  private final Patience patience;
  private final Runnable end;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Begins to watch.
   *
   * @param peers other ranks of this machine
   * @param end ends the job; called once a rank is lost
   */
  PeerWatch(int rank, List<Peer> peers, Waiting waiting, Patience patience, Runnable end) {
    this.rank = rank;
    this.peers = List.copyOf(peers);
    this.waiting = waiting;
    this.patience = patience;
    this.end = end;
    this.thread = Thread.ofPlatform().daemon().name("mpi-peers").start(this::watch);
  }

  /**
   * Finds the other ranks of this machine; every rank calls this. Where a system does not show
   * which processes can see each other, there are none.
   */
  static List<Peer> peers(Communicator ranks) {
    String place = place();
    double[][] all =
        ranks.gather(SharedProcessors.number(place), (double) ProcessHandle.current().pid());
    List<Peer> peers = new ArrayList<>();
    for (int other = 0; other < all.length; other++) {
      if (other != ranks.rank() && !place.isEmpty() && all[other][0] == all[ranks.rank()][0]) {
        int number = other;
        Optional<ProcessHandle> process = ProcessHandle.of((long) all[other][1]);
        process.ifPresent(found -> peers.add(new Peer(number, found)));
      }
    }
    return peers;
  }

  /** Returns what processes have in common that see each other's numbers; empty if unknown. */
  private static String place() {
    try {
      return Files.readString(BOOT) + Files.readSymbolicLink(NAMESPACE);
    } catch (IOException | UnsupportedOperationException e) {
      return "";
    }
  }

  /** Returns the time that a rank may wait in one call. */
  static Duration timeout(Map<String, String> environment) {
    String value = environment.getOrDefault(TIMEOUT, "");
    return value.matches("[0-9]{1,9}") ? Duration.ofSeconds(Long.parseLong(value)) : USUAL_TIMEOUT;
  }

  private void watch() {
    int looks = 0;
    while (!closed) {
      try {
        Thread.sleep(patience.between);
      } catch (InterruptedException e) {
        return; // closed
      }
      Peer gone = gone();
      looks = gone == null ? 0 : looks + 1;
      String lost = looks >= CONFIRMED && gone != null ? lost(gone) : overdue();
      if (lost != null && !closed) {
        if (leads()) {
          System.getLogger(PeerWatch.class.getName()).log(Level.ERROR, lost);
        }
        end.run();
        return;
      }
    }
  }

  private @Nullable Peer gone() {
    return peers.stream().filter(peer -> !peer.process.isAlive()).findFirst().orElse(null);
  }

  /** Returns whether this is the first of the ranks of this machine that are left. */
  private boolean leads() {
    return peers.stream().noneMatch(peer -> peer.rank < rank && peer.process.isAlive());
  }

  private static String lost(Peer gone) {
    return "process %d has ended, and the job ends with it; the last checkpoint is whole"
        .formatted(gone.rank);
  }

  private @Nullable String overdue() {
    long since = waiting.since();
    Duration timeout = patience.timeout;
    if (since == 0 || timeout.isZero() || System.nanoTime() - since < timeout.toNanos()) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "process %d has waited %d seconds for the others, and ends the job; the last checkpoint is"
            + " whole (%s sets the seconds)",
        rank,
        timeout.toSeconds(),
        TIMEOUT);
  }

  /** Watches no longer. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
