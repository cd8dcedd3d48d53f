package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.Precision;
import org.lm4j.compute.update.UpdateRule;

/** Steps replayed as graphs compute what steps issued one by one compute: no number is frozen. */
@Tag("slow")
class GraphReplayTest {
  /**
   * The tolerance of losses near 3 per unit of rounding, since the errors of 60 steps of momentum
   * add up.
   */
  private static final double ROUNDINGS = 20;

  @BeforeEach
  void reset() {
    CudaOnFakes.reset();
  }

  private record Run(List<Double> losses, List<double[]> everything) {}

  private static Run train(boolean graphs, Cell cell, double dropout, int steps) {
    CudaOnFakes.clearLog();
    try (CudaBackend backend = CudaOnFakes.open(Precision.FP32, graphs);
        SmallTraining training = new SmallTraining(backend, cell, dropout)) {
      return new Run(training.losses(steps), training.everything());
    }
  }

  @ParameterizedTest
  @CsvSource({"LSTM, 0.3, 200", "GRU, 0, 20"})
  void stepsAreBitForBitThoseOfDirectRuns(Cell cell, double dropout, int steps) {
    Run direct = train(false, cell, dropout, steps);
    assertThat(CudaOnFakes.log()).noneMatch(line -> line.startsWith("cuGraphLaunch"));
    Run replayed = train(true, cell, dropout, steps);
    assertThat(CudaOnFakes.log()).anyMatch(line -> line.startsWith("cuGraphLaunch"));
    assertThat(replayed.losses).as("seed %d", SmallTraining.SEED).isEqualTo(direct.losses);
    assertThat(replayed.everything).hasSameSizeAs(direct.everything);
    for (int i = 0; i < direct.everything.size(); i++) {
      assertThat(replayed.everything.get(i))
          .as("seed %d, tensor %d", SmallTraining.SEED, i)
          .isEqualTo(direct.everything.get(i));
    }
  }

  @ParameterizedTest
  @EnumSource(value = Precision.class, names = "INT8", mode = EnumSource.Mode.EXCLUDE)
  void theLossFollowsTheCpus(Precision precision) {
    UpdateRule sgd = new UpdateRule.Sgd(0.9, false, 1e-4);
    List<Double> own;
    try (CudaBackend backend = CudaOnFakes.open(precision);
        SmallTraining training = new SmallTraining(backend, Cell.LSTM, 0.3, sgd)) {
      own = training.losses(60);
    }
    List<Double> cpu;
    try (CpuBackend backend = new CpuBackend(null, 1);
        SmallTraining training = new SmallTraining(backend, Cell.LSTM, 0.3, sgd)) {
      cpu = training.losses(60);
    }
    for (int i = 0; i < own.size(); i++) {
      assertThat(own.get(i))
          .as("seed %d: loss of step %d", SmallTraining.SEED, i)
          .isCloseTo(cpu.get(i), within(ROUNDINGS * precision.epsilon()));
    }
  }
}
