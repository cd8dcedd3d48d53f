package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.panel.Bf16Panels;
import org.lm4j.backend.cpu.panel.FloatPanels;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;

/** How many threads share a step, by a clock of the test's. */
class StepSharingTest {
  private static final int THREADS = 4;
  private static final long MICROSECOND = 1000;
  private static final int SECOND = 50_000; // steps of 20 microseconds

  private final StepSharing sharing = new StepSharing(THREADS);

  /** Runs steps that take so many microseconds; returns the share of them with all threads. */
  private double shared(int count, int micros, int microsAlone) {
    int together = 0;
    for (int i = 0; i < count; i++) {
      boolean all = sharing.parts() == THREADS;
      assertThat(sharing.parts()).isIn(1, THREADS);
      together += all ? 1 : 0;
      sharing.add(MICROSECOND * (all ? micros : microsAlone));
    }
    return (double) together / count;
  }

  @Test
  void allThreadsShareStepsWhereThatIsFaster() {
    assertThat(sharing.parts()).isEqualTo(THREADS);
    assertThat(shared(20 * SECOND, 10, 20)).isBetween(0.99, 0.9999); // with trials
  }

  @Test
  void oneThreadComputesStepsWhereThatIsFaster() {
    assertThat(shared(20 * SECOND, 200, 20)).isBetween(0.0001, 0.01);
  }

  @Test
  void stepsThatBecomeSlowerAreTriedTheOtherWaySoon() {
    shared(20 * SECOND, 10, 20);
    assertThat(shared(SECOND, 100, 20)).isLessThan(0.05);
  }

  @Test
  void aFasterWayIsFoundWithinSeconds() {
    shared(20 * SECOND, 200, 20);
    shared(2 * SECOND, 10, 20);
    assertThat(shared(SECOND, 10, 20)).isGreaterThan(0.9);
  }

  @Test
  void aThreadOfATeamOfOneIsNeverTimed() {
    StepSharing alone = new StepSharing(1);
    alone.add(Long.MAX_VALUE);
    assertThat(alone.parts()).isEqualTo(1);
  }

  /** Where another program takes a processor now and then, and threads wait very long for it. */
  @Test
  void trialsCostLittleWhereStepsAreUneven() {
    long alone = 0;
    long together = 0;
    for (int i = 0; i < 20 * SECOND; i++) {
      boolean all = sharing.parts() == THREADS;
      long duration = MICROSECOND * (all ? 3000 : i / 500 % 5 == 0 ? 40 : 20);
      sharing.add(duration);
      together += all ? duration : 0;
      alone += all ? 0 : duration;
    }
    assertThat((double) together / alone).isBetween(0.001, 0.05);
  }

  @Test
  void longStepsAreNeverTriedByOneThread() {
    StepSharing sharing = new StepSharing(THREADS, 100 * MICROSECOND);
    for (int i = 0; i < 10_000; i++) {
      sharing.add(101 * MICROSECOND);
      assertThat(sharing.parts()).isEqualTo(THREADS);
    }
    boolean alone = false;
    for (int i = 0; i < 10_000; i++) { // one short step says that the long ones have waited
      sharing.add((i == 0 ? 99 : 101) * MICROSECOND);
      alone |= sharing.parts() == 1;
    }
    assertThat(alone).isTrue();
  }

  /** Shared by sequences, and by units, where threads meet after each step. */
  @ParameterizedTest
  @CsvSource({"RNN_TANH, 40, 9", "LSTM, 72, 10", "GRU, 72, 10", "LSTM, 600, 7"})
  void trainingHasTheSameBitsHoweverManyThreadsComputeTheSteps(Cell cell, int units, int batch) {
    RnnSpec spec = new RnnSpec(cell, 24, units, 2, 0.2);
    try (CpuOperations cpu = new CpuOperations(MatrixEngine.java(), 2)) {
      List<double[]> together = step(cpu, spec, batch);
      while (cpu.sharing.parts() == 2) {
        cpu.sharing.add(StepSharing.WINDOW_NANOS / StepSharing.LEAST_STEPS);
      }
      List<double[]> alone = step(cpu, spec, batch);
      for (int i = 0; i < together.size(); i++) {
        assertThat(alone.get(i)).isEqualTo(together.get(i));
      }
    }
  }

  private static List<double[]> step(CpuOperations cpu, RnnSpec spec, int batch) {
    List<double[]> results = new ArrayList<>();
    cpu.step(() -> results.addAll(CpuRnnTest.window(cpu, spec, 9, batch, true)));
    return results;
  }

  @ParameterizedTest
  @EnumSource(
      value = Cell.class,
      names = {"LSTM", "GRU"})
  void logitsHaveTheSameBitsHoweverManyThreadsComputeTheSteps(Cell cell) {
    for (RowPanels numbers :
        new RowPanels[] {
          RowPanels.of(FloatPanels.INSTANCE),
          RowPanels.of(Bf16Panels.fastest()),
          BytePanels.fastest()
        }) {
      assertThat(logits(numbers, cell, 2)).isEqualTo(logits(numbers, cell, 1));
    }
  }

  /** Returns the logits of some tokens; a team of two changes the number of parts between them. */
  private static double[][] logits(RowPanels numbers, Cell cell, int threads) {
    int tokens = 24;
    int vocabulary = 70;
    double[][] logits = new double[tokens][vocabulary];
    boolean[] seen = new boolean[threads + 1];
    try (CpuBackend backend = CpuBackend.open(1);
        WorkerTeam team = new WorkerTeam(threads);
        RandomTokenModel model =
            new RandomTokenModel(backend, new RnnSpec(cell, 40, 300, 2, 0), vocabulary, 3);
        CpuDecoder decoder = new CpuDecoder(team, null, numbers, model.model())) {
      for (int i = 0; i < tokens; i++) {
        seen[decoder.sharing.parts()] = true;
        decoder.read(i * i % vocabulary);
        decoder.logits(logits[i]);
        decoder.sharing.add(StepSharing.LEAST_STEPS * StepSharing.WINDOW_NANOS); // a window
      }
    }
    assertThat(seen[1] && seen[threads]).as("both ways").isTrue();
    return logits;
  }
}
