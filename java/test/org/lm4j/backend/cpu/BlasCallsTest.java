package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.backend.cpu.blas.BlasLibrary;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.job.Jobs;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.rnn.CpuRnnTape;
import org.lm4j.backend.cpu.rnn.TapeBytes;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Cell;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnSpec;
import org.lm4j.task.lm.CarriedState;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.Window;
import org.lm4j.tensor.Tensor;

/**
 * {@link BlasChoice#OPENBLAS} keeps its word: the calls of {@code cblas_sgemm} and {@code
 * cblas_sgemv} are as many as a model has products, reckoned from its layers, steps and chunks. One
 * thread, since several cut a product into as many calls.
 */
class BlasCallsTest {
  private static final long SEED = 5;
  private static final int HIDDEN = 70;

  /** Cell, layers, T, B, V: with a looked-up table or without, one chunk or several, one row. */
  @ParameterizedTest
  @CsvSource({
    "RNN_TANH, 1, 7, 13, 61",
    "RNN_RELU, 2, 7, 13, 61",
    "LSTM, 2, 7, 13, 61",
    "LSTM, 3, 45, 13, 400",
    "LSTM, 2, 45, 13, 30",
    "GRU, 2, 60, 13, 61",
    "GRU, 1, 9, 1, 61",
    "LSTM, 2, 9, 1, 61",
  })
  void aStepOfTrainingIsCallsOfTheLibraryAlone(
      Cell cell, int layers, int steps, int batch, int vocabulary) {
    Cblas blas = BlasLibrary.open();
    LanguageModelConfig config =
        new LanguageModelConfig(cell, vocabulary, 24, HIDDEN, layers, 0, false);
    try (CpuBackend cpu = new CpuBackend(blas, 1);
        LanguageModelNetwork model = new LanguageModelNetwork(cpu, config, true);
        Window window = model.window(steps, batch, true);
        CarriedState state = model.newState(batch)) {
      model.initialize(Initialization.DEFAULT, SEED);
      window.load(tokens(steps * batch, vocabulary), tokens(steps * batch, vocabulary));
      long matrices = blas.matrixCalls();
      long vectors = blas.vectorCalls();
      window.train(state, new RandomKey(SEED, 1), steps * batch);

      int recurrent = 2 * layers * steps; // one at each step forward, one at each step back
      int output = 3; // logits, gradients of weights and of what enters
      assertThat(blas.calls() - matrices - vectors)
          .as("chunks %s", Arrays.toString(chunks(config, steps, batch)))
          .isEqualTo(recurrent + large(config, steps, batch) + output);
      assertThat(blas.vectorCalls() - vectors).isEqualTo(batch == 1 ? recurrent : 0);
    }
  }

  /** Projections, gradients of both weights, gradients of what enters each layer. */
  private static int large(LanguageModelConfig config, int steps, int batch) {
    int[] chunks = chunks(config, steps, batch);
    boolean looksUp = 2 * config.vocabulary() <= steps * batch;
    int sum = 0;
    for (int layer = 0; layer < config.layers(); layer++) {
      boolean table = looksUp && layer == 0; // taken once a window, whatever the chunks
      sum += table ? 1 : chunks[0]; // projection
      sum += chunks[1]; // recurrent weights
      sum += table ? 2 : 2 * chunks[1]; // input weights, and the table or the input
    }
    return sum;
  }

  /** Chunks of a window forward and backward: a matter of cache sizes, so asked of the tape. */
  private static int[] chunks(LanguageModelConfig config, int steps, int batch) {
    RnnSpec spec =
        new RnnSpec(config.cell(), config.embedding(), config.hidden(), config.layers(), 0);
    WorkerTeam team = new WorkerTeam(1);
    try (CpuRnnTape tape =
        new CpuRnnTape(spec, steps, batch, true, team, new Jobs(team, MatrixEngine.java()))) {
      return new int[] {parts(steps, tape.chunk()), parts(steps, tape.backwardChunk())};
    } finally {
      team.close();
    }
  }

  /** {@code (G·H padded, D)} and {@code (G·H padded, H)}, in which a library adds gradients up. */
  @Test
  void theMemoryForSumsOfGradientsIsCounted() {
    RnnSpec spec = new RnnSpec(Cell.GRU, 90, HIDDEN, 2, 0);
    GateShape shape = GateShape.of(HIDDEN, 3, Kernels.GATES.lanes());
    long sums = 3L * shape.cStride() * (90 + HIDDEN) * Float.BYTES;
    MatrixEngine openblas = MatrixEngine.openblas(BlasLibrary.open());
    assertThat(bytes(spec, openblas, true) - bytes(spec, MatrixEngine.java(), true))
        .isEqualTo(sums);
    assertThat(bytes(spec, openblas, false)).isEqualTo(bytes(spec, MatrixEngine.java(), false));
  }

  private static long bytes(RnnSpec spec, MatrixEngine engine, boolean training) {
    WorkerTeam team = new WorkerTeam(1);
    try (Jobs jobs = new Jobs(team, engine)) {
      return TapeBytes.of(spec, 20, 8, training, team, jobs);
    } finally {
      team.close();
    }
  }

  private static int parts(int steps, int chunk) {
    return (steps + chunk - 1) / chunk;
  }

  private static int[] tokens(int count, int vocabulary) {
    return new SplittableRandom(SEED).ints(count, 0, vocabulary).toArray();
  }

  @Test
  void scoringIsCallsOfTheLibraryAlone() {
    Cblas blas = BlasLibrary.open();
    int steps = 20;
    int batch = 8;
    LanguageModelConfig config = new LanguageModelConfig(Cell.LSTM, 300, 24, HIDDEN, 2, 0, false);
    try (CpuBackend cpu = new CpuBackend(blas, 1);
        LanguageModelNetwork model = new LanguageModelNetwork(cpu, config, false);
        Window window = model.window(steps, batch, false);
        CarriedState state = model.newState(batch)) {
      window.load(tokens(steps * batch, 300), tokens(steps * batch, 300));
      long before = blas.calls();
      window.evaluate(state);
      int chunks = chunks(config, steps, batch)[0];
      assertThat(blas.calls() - before).isEqualTo(2L * steps + 2L * chunks + 1);
    }
  }

  @Test
  void aTokenIsReadByVectorCallsAlone() {
    Cblas blas = BlasLibrary.open();
    LanguageModelConfig config = new LanguageModelConfig(Cell.GRU, 5_000, 24, HIDDEN, 3, 0, false);
    try (CpuBackend cpu = new CpuBackend(blas, 1);
        LanguageModelNetwork model = new LanguageModelNetwork(cpu, config, false);
        IncrementalDecoder reader = model.tokenReader()) {
      assertThat(reader.bounds()).isFalse();
      long matrices = blas.matrixCalls();
      long vectors = blas.vectorCalls();
      double[] logits = new double[5_000];
      for (int i = 0; i < 4; i++) {
        reader.read(7); // the input projection of a token is kept: one call for all four
        reader.logits(logits);
      }
      assertThat(blas.vectorCalls() - vectors).isEqualTo(4 * (3 + 2 + 1) + 1);
      assertThat(blas.matrixCalls()).isEqualTo(matrices);
    }
  }

  @Test
  void attentionsThinProductsAreOneCallEach() {
    Cblas blas = BlasLibrary.open();
    try (CpuBackend cpu = new CpuBackend(blas, 1)) {
      Tensor matrices = random(cpu, 9, 5, 6);
      Tensor rows = random(cpu, 9, 6, 1);
      Tensor columns = random(cpu, 9, 1, 5);
      long before = blas.vectorCalls();
      cpu.batchedGemm(GemmOp.NN, 1, matrices, rows, 0, cpu.allocate(9, 5, 1));
      cpu.batchedGemm(GemmOp.NN, 1, columns, matrices, 0, cpu.allocate(9, 1, 6));
      assertThat(blas.vectorCalls() - before).isEqualTo(18);
      before = blas.matrixCalls();
      cpu.batchedGemm(GemmOp.NN, 1, rows, columns, 0, cpu.allocate(9, 6, 5));
      cpu.batchedGemm(GemmOp.NT, 1, matrices, matrices, 0, cpu.allocate(9, 5, 5));
      assertThat(blas.matrixCalls() - before).isEqualTo(18);
    }
  }

  private static Tensor random(CpuBackend cpu, int... dims) {
    Random random = new Random(SEED);
    Tensor x = cpu.allocate(dims);
    for (long i = 0; i < x.size(); i++) {
      x.set(i, (float) random.nextGaussian());
    }
    return x;
  }
}
