package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lm4j.backend.cpu.job.WorkerTeam;

@Timeout(30)
class WorkerTeamTest {
  private static final int THREADS = 4; // more than there may be processors

  @Test
  void everyPartRunsOnceInEveryRound() {
    AtomicIntegerArray runs = new AtomicIntegerArray(THREADS);
    try (WorkerTeam team = new WorkerTeam(THREADS)) {
      for (int round = 1; round <= 500; round++) {
        team.run(THREADS, (part, parts) -> runs.incrementAndGet(part));
        for (int part = 0; part < THREADS; part++) {
          assertThat(runs.get(part)).isEqualTo(round);
        }
      }
    }
  }

  @Test
  void nobodyPassesTheBarrierBeforeAllHaveCome() {
    AtomicInteger arrivals = new AtomicInteger();
    try (WorkerTeam team = new WorkerTeam(THREADS)) {
      team.run(
          THREADS,
          (part, parts) -> {
            for (int round = 1; round <= 200; round++) {
              arrivals.incrementAndGet();
              team.barrier(parts);
              if (arrivals.get() < round * parts) {
                throw new IllegalStateException("too early in round " + round);
              }
              team.barrier(parts);
            }
          });
    }
    assertThat(arrivals.get()).isEqualTo(200 * THREADS);
  }

  @Test
  void anExceptionOfAPartReachesTheCallerAndTheTeamContinues() {
    AtomicInteger after = new AtomicInteger();
    try (WorkerTeam team = new WorkerTeam(THREADS)) {
      assertThatThrownBy(
              () ->
                  team.run(
                      THREADS,
                      (part, parts) -> {
                        if (part == THREADS - 1) {
                          throw new IllegalArgumentException("part " + part);
                        }
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("part 3");
      team.run(THREADS, (part, parts) -> after.incrementAndGet());
    }
    assertThat(after.get()).isEqualTo(THREADS);
  }

  @Test
  void aFailedPartDoesNotLeaveTheOthersAtTheBarrier() {
    try (WorkerTeam team = new WorkerTeam(2)) {
      assertThatThrownBy(
              () ->
                  team.run(
                      2,
                      (part, parts) -> {
                        if (part == 1) {
                          throw new IllegalArgumentException("will not come");
                        }
                        team.barrier(parts);
                      }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("will not come");
    }
  }

  @Test
  void parkedThreadsWakeUp() throws InterruptedException {
    AtomicInteger runs = new AtomicInteger();
    try (WorkerTeam team = new WorkerTeam(2)) {
      for (int round = 0; round < 5; round++) {
        Thread.sleep(Duration.ofMillis(20)); // far beyond the time a helper spins
        team.run(2, (part, parts) -> runs.incrementAndGet());
      }
    }
    assertThat(runs.get()).isEqualTo(10);
  }

  @Test
  void theCallerRunsAllPartsAloneUntilToldOtherwise() {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    List<Integer> order = new CopyOnWriteArrayList<>();
    WorkerTeam.Task task =
        (part, parts) -> {
          assertThat(parts).isEqualTo(THREADS);
          order.add(part);
          threads.add(Thread.currentThread());
        };
    try (WorkerTeam team = new WorkerTeam(THREADS)) {
      team.runAlone(true);
      team.runApart(THREADS, task);
      assertThat(order).containsExactly(0, 1, 2, 3);
      assertThat(threads).containsExactly(Thread.currentThread());
      assertThatThrownBy(() -> team.runApart(THREADS + 1, task))
          .isInstanceOf(IllegalStateException.class);
      team.run(THREADS, task); // whose parts may meet
      assertThat(threads).hasSize(THREADS);
      threads.clear();
      team.runAlone(false);
      team.runApart(THREADS, task);
      assertThat(threads).hasSize(THREADS);
    }
  }

  @Test
  void aClosedTeamRefusesWork() {
    WorkerTeam team = new WorkerTeam(2);
    team.close();
    team.close();
    assertThatThrownBy(() -> team.run(2, (part, parts) -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }
}
