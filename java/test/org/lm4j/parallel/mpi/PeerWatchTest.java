package org.lm4j.parallel.mpi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a rank ends the job because others are gone. */
class PeerWatchTest {
  private static final Duration BETWEEN = Duration.ofMillis(20);

  @Test
  void aProcessThatIsGoneEndsTheJob() throws IOException, InterruptedException {
    Process other = new ProcessBuilder("sleep", "60").start();
    CountDownLatch ended = new CountDownLatch(1);
    List<PeerWatch.Peer> peers = List.of(new PeerWatch.Peer(1, other.toHandle()));
    PeerWatch.Patience patience = new PeerWatch.Patience(BETWEEN, Duration.ZERO);
    long always = System.nanoTime() - Duration.ofDays(1).toNanos();
    try (PeerWatch _ = new PeerWatch(0, peers, () -> always, patience, ended::countDown)) {
      assertThat(ended.await(200, TimeUnit.MILLISECONDS)).isFalse();
      other.destroyForcibly();
      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void aRankThatWaitsTooLongEndsTheJob() throws InterruptedException {
    assertThat(endsWithin(Duration.ofSeconds(20), Duration.ofSeconds(3))).isTrue();
    assertThat(endsWithin(Duration.ofMillis(200), Duration.ofDays(3))).isFalse();
  }

  /** Returns whether a rank that has waited for a minute ends the job. */
  private static boolean endsWithin(Duration time, Duration timeout) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    long since = System.nanoTime() - Duration.ofMinutes(1).toNanos();
    PeerWatch.Patience patience = new PeerWatch.Patience(BETWEEN, timeout);
    try (PeerWatch _ = new PeerWatch(0, List.of(), () -> since, patience, ended::countDown)) {
      return ended.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  @Test
  void theTimeIsSetByTheEnvironment() {
    assertThat(PeerWatch.timeout(Map.of())).isEqualTo(Duration.ofMinutes(30));
    assertThat(PeerWatch.timeout(Map.of("LM4J_MPI_TIMEOUT", "90")))
        .isEqualTo(Duration.ofSeconds(90));
  }
}
