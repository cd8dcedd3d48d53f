package org.lm4j.nn.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.nn.Differences;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/** Attention against its equations written out, and its gradient against central differences. */
class SoftAttentionTest {
  private static final double STEP = 1e-4;
  private static final int STEPS = 3;
  private static final int BATCH = 2;
  private static final int CELLS = 5;
  private static final SoftAttention.Size SIZE = new SoftAttention.Size(4, 3, 6);
  private static final int[] SOME_CELLS = {2, 5};

  private final Backend backend = new ReferenceBackend();
  private final Random random = new Random(8);
  private final Parameters parameters = parameters(backend);
  private final SoftAttention attention = new SoftAttention(backend, parameters, "attention.");
  private final Tensor memory = random(BATCH, CELLS, SIZE.memory());
  private final List<Tensor> queries = tensors(SIZE.query());
  private final List<Tensor> dz = tensors(SIZE.memory());

  SoftAttentionTest() {
    parameters.all().forEach(parameter -> randomize(parameter.value()));
  }

  @AfterEach
  void close() {
    parameters.close();
    backend.close();
  }

  private static Parameters parameters(Backend backend) {
    Parameters.Builder plan = new Parameters.Builder();
    SoftAttention.plan(plan, "attention.", SIZE);
    return plan.allocate(backend, true);
  }

  private Tensor random(int... dims) {
    Tensor tensor = backend.allocate(dims);
    randomize(tensor);
    return tensor;
  }

  private void randomize(Tensor tensor) {
    for (int i = 0; i < tensor.size(); i++) {
      tensor.set(i, random.nextGaussian());
    }
  }

  /** Returns one tensor for each step. */
  private List<Tensor> tensors(int width) {
    return IntStream.range(0, STEPS).mapToObj(t -> random(BATCH, width)).toList();
  }

  private @Nullable Tensor lengths(boolean some) {
    if (!some) {
      return null;
    }
    Tensor lengths = backend.allocateIds(BATCH);
    backend.upload(SOME_CELLS, 0, BATCH, lengths);
    return lengths;
  }

  private double value(String name, int row, int column) {
    Tensor tensor = parameters.get("attention." + name).value();
    return tensor.get((long) row * tensor.shape().dim(1) + column);
  }

  /** p of one memory, of which {@code counted} cells count, as the equations say. */
  private double[] weights(int b, Tensor query, int counted) {
    double[] e = new double[counted];
    for (int i = 0; i < counted; i++) {
      for (int k = 0; k < SIZE.hidden(); k++) {
        double sum = parameters.get("attention.query.bias").value().get(k);
        for (int j = 0; j < SIZE.memory(); j++) {
          sum += value("memory.weight", k, j) * memory.get((b * CELLS + i) * SIZE.memory() + j);
        }
        for (int j = 0; j < SIZE.query(); j++) {
          sum += value("query.weight", k, j) * query.get(b * SIZE.query() + j);
        }
        e[i] += value("score.weight", 0, k) * Math.tanh(sum);
      }
    }
    double total = 0;
    for (double each : e) {
      total += Math.exp(each);
    }
    double[] p = new double[CELLS];
    for (int i = 0; i < counted; i++) {
      p[i] = Math.exp(e[i]) / total;
    }
    return p;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void computesItsEquations(boolean someCells) {
    try (SoftAttentionWindow window = attention.window(BATCH, CELLS)) {
      Tensor z = random(BATCH, SIZE.memory());
      window.prepare(memory, lengths(someCells));
      for (Tensor query : queries) {
        window.attend(0, query, z);
        for (int b = 0; b < BATCH; b++) {
          double[] p = weights(b, query, someCells ? SOME_CELLS[b] : CELLS);
          for (int i = 0; i < CELLS; i++) {
            assertThat(Math.abs(window.weights(0).get(b * CELLS + i) - p[i])).isLessThan(1e-14);
          }
          for (int j = 0; j < SIZE.memory(); j++) {
            double sum = 0;
            for (int i = 0; i < CELLS; i++) {
              sum += p[i] * memory.get((b * CELLS + i) * SIZE.memory() + j);
            }
            assertThat(Math.abs(z.get(b * SIZE.memory() + j) - sum)).isLessThan(1e-14);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gradientsAgreeWithNumericDifferences(boolean someCells) {
    Tensor lengths = lengths(someCells);
    Tensor z = backend.allocate(BATCH, SIZE.memory());
    try (SoftAttentionWindow window = attention.trainingWindow(STEPS, BATCH, CELLS, true)) {
      DoubleSupplier loss =
          () -> {
            window.prepare(memory, lengths);
            double sum = 0;
            for (int t = 0; t < STEPS; t++) {
              window.attend(t, queries.get(t), z);
              for (int i = 0; i < z.size(); i++) {
                sum += dz.get(t).get(i) * z.get(i);
              }
            }
            return sum;
          };
      assertThat(loss.getAsDouble()).isFinite();
      List<Tensor> dQueries = tensors(SIZE.query());
      for (int t = STEPS - 1; t >= 0; t--) {
        window.backward(t, queries.get(t), dz.get(t), dQueries.get(t));
      }
      window.finish(STEPS);
      Tensor dMemory = backend.allocate(BATCH, CELLS, SIZE.memory());
      backend.copy(window.memoryGradient(), dMemory);
      Differences.check("memory", loss, memory, dMemory, STEP);
      for (int t = 0; t < STEPS; t++) {
        Differences.check("query", loss, queries.get(t), dQueries.get(t), STEP);
      }
      for (Parameter parameter : parameters.all()) {
        Differences.check(parameter.name(), loss, parameter.value(), parameter.gradient(), STEP);
      }
    }
  }

  @Test
  void gradientsAddUpOverMemories() {
    try (SoftAttentionWindow window = attention.trainingWindow(STEPS, BATCH, CELLS, false)) {
      double[] once = gradients(window);
      gradients(window);
      double[] thrice = gradients(window);
      for (int i = 0; i < once.length; i++) {
        assertThat(Math.abs(3 * once[i] - thrice[i])).isLessThan(1e-12);
      }
    }
  }

  private double[] gradients(SoftAttentionWindow window) {
    Tensor out = backend.allocate(BATCH, SIZE.memory());
    Tensor dQuery = backend.allocate(BATCH, SIZE.query());
    window.prepare(memory, null);
    for (int t = 0; t < STEPS; t++) {
      window.attend(t, queries.get(t), out);
    }
    for (int t = STEPS - 1; t >= 0; t--) {
      window.backward(t, queries.get(t), dz.get(t), dQuery);
    }
    window.finish(STEPS);
    return parameters.gradients().toArray();
  }

  @Test
  void agreesOnTheCpu() {
    try (Backend cpu = new CpuBackend(null, 2);
        Parameters own = parameters(cpu);
        HostStorage storage = new HostStorage(parameters.values().size() * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, parameters.values().shape(), DType.F64);
      backend.download(parameters.values(), host);
      cpu.upload(host, own.values());
      SoftAttention fast = new SoftAttention(cpu, own, "attention.");
      Tensor z = backend.allocate(BATCH, SIZE.memory());
      Tensor fastZ = cpu.allocate(BATCH, SIZE.memory());
      Tensor fastMemory = cpu.allocate(BATCH, CELLS, SIZE.memory());
      Tensor fastQuery = cpu.allocate(BATCH, SIZE.query());
      cpu.upload(memory, fastMemory);
      cpu.upload(queries.get(0), fastQuery);
      try (SoftAttentionWindow window = attention.window(BATCH, CELLS);
          SoftAttentionWindow fastWindow = fast.window(BATCH, CELLS)) {
        window.prepare(memory, null);
        window.attend(0, queries.get(0), z);
        fastWindow.prepare(fastMemory, null);
        fastWindow.attend(0, fastQuery, fastZ);
      }
      for (int i = 0; i < z.size(); i++) {
        assertThat(Math.abs(z.get(i) - fastZ.get(i))).isLessThan(1e-6);
      }
      List.of(fastZ, fastMemory, fastQuery).forEach(tensor -> tensor.storage().close());
    }
  }

  @Test
  void saysWhatWasForgotten() {
    Tensor query = queries.get(0);
    Tensor z = backend.allocate(BATCH, SIZE.memory());
    try (SoftAttentionWindow window = attention.window(BATCH, CELLS)) {
      assertThatThrownBy(() -> window.attend(0, query, z))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("call prepare first");
      assertThatThrownBy(() -> window.backward(0, query, z, query))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("without gradients");
    }
    try (SoftAttentionWindow window = attention.trainingWindow(1, BATCH, CELLS, false)) {
      assertThatThrownBy(window::memoryGradient)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("not requested");
    }
  }
}
