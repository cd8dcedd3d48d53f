package org.lm4j.nn.softmax;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.cpu.Bf16Backends;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.composed.ElevenOperations;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.TokenLoss;
import org.lm4j.tensor.Tensor;

/**
 * Adaptive softmax: the plain definition against central differences and against PyTorch, the layer
 * against both, on every backend.
 */
class AdaptiveSoftmaxTest {
  private static final double TOLERANCE = 1e-10; // of float64
  private static final RandomKey KEY = new RandomKey(1, 0);

  /** Numbers of a layer, and rows with targets; {@link TokenLoss#IGNORE} for none. */
  private static final class Given {
    final Clusters clusters;
    final double[][] weights;
    final double[] x;
    final int[] targets;

    Given(Clusters clusters, double[][] weights, double[] x, int[] targets) {
      this.clusters = clusters;
      this.weights = weights;
      this.x = x;
      this.targets = targets;
    }

    double[] row(int row) {
      int h = clusters.inputs();
      return Arrays.copyOfRange(x, row * h, (row + 1) * h);
    }

    PlainAdaptiveSoftmax plain() {
      return new PlainAdaptiveSoftmax(
          clusters.words(), clusters.inputs(), clusters.cutoffs(), weights);
    }
  }

  /** What a layer computes on a backend. */
  private static final class Found {
    final double[] losses;
    final double[] trainingLosses;
    final double[] dx;
    final List<double[]> gradients;
    final double[][] logits;

    Found(
        double[] losses,
        double[] trainingLosses,
        double[] dx,
        List<double[]> gradients,
        double[][] logits) {
      this.losses = losses;
      this.trainingLosses = trainingLosses;
      this.dx = dx;
      this.gradients = gradients;
      this.logits = logits;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "two", "three"})
  void theDefinitionAgreesWithCentralDifferences(String name) {
    Given given = fixture(name);
    int target = given.targets[3];
    PlainAdaptiveSoftmax plain = given.plain();
    double[] x = given.row(3);
    double[] dx = plain.differentiate(x, target, 1);
    for (int i = 0; i < x.length; i++) {
      same("dx", dx[i], numeric(given, x, target, x, i), 1e-7);
    }
    for (int part = 0; part < given.weights.length; part++) {
      for (int i = 0; i < given.weights[part].length; i += 3) {
        double numeric = numeric(given, x, target, given.weights[part], i);
        same("weight " + part, plain.gradients[part][i], numeric, 1e-7);
      }
    }
  }

  private static double numeric(Given given, double[] x, int target, double[] of, int i) {
    double kept = of[i];
    double[] losses = new double[4];
    double[] shifts = {2e-4, 1e-4, -1e-4, -2e-4};
    for (int k = 0; k < 4; k++) {
      of[i] = kept + shifts[k];
      losses[k] = -given.plain().logProbabilities(x)[target];
    }
    of[i] = kept;
    return (-losses[0] + 8 * losses[1] - 8 * losses[2] + losses[3]) / 12e-4;
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "two", "three"})
  void definitionAndLayerAgreeWithPyTorch(String name) {
    Given given = fixture(name);
    try (Backend backend = new ReferenceBackend();
        SafetensorsFile file = SafetensorsFile.open(path())) {
      Found found = run(backend, given, 600); // bytes: several blocks
      agree("losses", found.losses, file.tensor(name + ".losses").toArray());
      agree("training losses", found.trainingLosses, file.tensor(name + ".losses").toArray());
      agree("dx", found.dx, file.tensor(name + ".d_x").toArray());
      List<String> names = given.clusters.names();
      for (int part = 0; part < names.size(); part++) {
        double[] theirs = file.tensor(name + ".grad." + names.get(part)).toArray();
        agree(names.get(part), found.gradients.get(part), theirs);
      }
      double[] logProbabilities = file.tensor(name + ".log_probabilities").toArray();
      int words = given.clusters.words();
      for (int row = 0; row < given.targets.length; row++) {
        double[] theirs = Arrays.copyOfRange(logProbabilities, row * words, (row + 1) * words);
        agree("log-probabilities", found.logits[row], theirs);
        agree("plain log-probabilities", given.plain().logProbabilities(given.row(row)), theirs);
        assertThat(Arrays.stream(found.logits[row]).map(Math::exp).sum())
            .isCloseTo(1, within(1e-12));
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> theLayerAgreesWithTheDefinitionOnEveryBackend() {
    Map<String, Supplier<Backend>> backends = new LinkedHashMap<>();
    backends.put("reference", ReferenceBackend::new);
    backends.put("cpu", () -> new CpuBackend(null, 2));
    backends.put("cpu in bf16", () -> Bf16Backends.fastest(2));
    backends.put("composed", () -> new ElevenOperations(new ReferenceBackend()));
    backends.put("cuda, on fake libraries", CudaOnFakes::open);
    return backends.entrySet().stream()
        .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> check(each.getValue())));
  }

  private static void check(Supplier<Backend> opened) {
    try (Backend backend = opened.get()) {
      Given given = random(new Clusters(203, 37, List.of(31, 77, 150), 2), 61, 5);
      Given inHead = random(new Clusters(9, 5, List.of(8), 4), 7, 6);
      Arrays.fill(inHead.targets, 3); // no row needs the cluster
      for (Given each : List.of(given, inHead)) {
        for (long blockBytes : new long[] {1, 3000, 1 << 20}) {
          agree(each, run(backend, each, blockBytes), backend.productEpsilon());
        }
      }
    }
  }

  private static void agree(Given given, Found found, double epsilon) {
    PlainAdaptiveSoftmax plain = given.plain();
    int rows = given.targets.length;
    double scale = 1.0 / rows;
    double[] dx = new double[given.x.length];
    double[] losses = new double[rows];
    for (int row = 0; row < rows; row++) {
      double[] all = plain.logProbabilities(given.row(row));
      close("logits", found.logits[row], all, epsilon);
      if (given.targets[row] != TokenLoss.IGNORE) {
        losses[row] = -all[given.targets[row]];
        double[] own = plain.differentiate(given.row(row), given.targets[row], scale);
        System.arraycopy(own, 0, dx, row * own.length, own.length);
      }
    }
    close("losses", found.losses, losses, epsilon);
    close("training losses", found.trainingLosses, losses, epsilon);
    close("dx", found.dx, dx, epsilon);
    for (int part = 0; part < plain.gradients.length; part++) {
      close("gradient " + part, found.gradients.get(part), plain.gradients[part], epsilon);
    }
  }

  /** Checks that numbers agree to 100 ε of the largest, which a wrong term exceeds by far. */
  private static void close(String what, double[] own, double[] theirs, double epsilon) {
    double largest = Arrays.stream(theirs).map(Math::abs).max().orElse(0);
    assertThat(own).as(what).hasSameSizeAs(theirs);
    for (int i = 0; i < own.length; i++) {
      assertThat(own[i])
          .as("%s[%d]", what, i)
          .isCloseTo(theirs[i], within(Math.max(1e-300, 30 * epsilon * largest)));
    }
  }

  /** Runs losses, then losses and gradients twice: they accumulate. */
  private static Found run(Backend backend, Given given, long blockBytes) {
    int rows = given.targets.length;
    Clusters clusters = given.clusters;
    Parameters.Builder plan = new Parameters.Builder();
    AdaptiveSoftmax.plan(clusters, "", plan);
    try (Parameters parameters = plan.allocate(backend, true);
        OwnedTensors owned = new OwnedTensors(backend)) {
      int part = 0;
      for (Parameter parameter : parameters.all()) {
        upload(backend, given.weights[part++], parameter.value());
      }
      AdaptiveSoftmax layer = new AdaptiveSoftmax(backend, clusters, parameters, "");
      Tensor x = owned.floats(rows, clusters.inputs());
      Tensor dx = owned.floats(rows, clusters.inputs());
      Tensor loss = owned.floats(rows);
      upload(backend, given.x, x);
      try (TokenLoss window = new AdaptiveSoftmaxLoss(backend, layer, x, dx, loss, blockBytes)) {
        int[] head = new int[rows];
        window.load(head); // other targets before
        window.lossAndGradient(1, KEY);
        backend.fill(parameters.gradients(), 0);
        window.load(given.targets);
        window.loss();
        double[] losses = download(backend, loss);
        window.lossAndGradient(1.0 / rows, KEY);
        double[][] logits = new double[rows][];
        window.logits((row, found) -> logits[row] = found.clone());
        return new Found(
            losses,
            download(backend, loss),
            download(backend, dx),
            parameters.all().stream().map(p -> download(backend, p.gradient())).toList(),
            logits);
      }
    }
  }

  private static void upload(Backend backend, double[] values, Tensor target) {
    try (ReferenceBackend host = new ReferenceBackend()) {
      Tensor source = host.allocate(values.length);
      for (int i = 0; i < values.length; i++) {
        source.set(i, values[i]);
      }
      backend.upload(source, target);
      source.storage().close();
    }
  }

  private static double[] download(Backend backend, Tensor source) {
    try (ReferenceBackend host = new ReferenceBackend()) {
      Tensor target = host.allocate(Math.toIntExact(source.size()));
      backend.download(source, target);
      double[] values = target.toArray();
      target.storage().close();
      return values;
    }
  }

  @Test
  void theCutoffsDivideTheWords() {
    Clusters clusters = new Clusters(100, 64, List.of(10, 40), 4);
    assertThat(clusters.headClasses()).isEqualTo(12);
    assertThat(IntStream.of(0, 9, 10, 39, 40, 99).map(clusters::of))
        .containsExactly(-1, -1, 0, 0, 1, 1);
    assertThat(IntStream.of(0, 9, 10, 39, 40, 99).map(clusters::headClass))
        .containsExactly(0, 9, 10, 10, 11, 11);
    assertThat(List.of(clusters.size(0), clusters.size(1))).containsExactly(30, 60);
    assertThat(List.of(clusters.width(0), clusters.width(1))).containsExactly(16, 4);
    assertThatThrownBy(() -> new Clusters(100, 64, List.of(10, 10), 4))
        .hasMessageContaining("must ascend");
    assertThatThrownBy(() -> new Clusters(100, 64, List.of(10, 100), 4))
        .hasMessageContaining("must ascend");
    assertThatThrownBy(() -> new Clusters(100, 15, List.of(10, 20), 4))
        .hasMessageContaining("leaves no width");
  }

  /** The choice among all cutoffs of its grid, by trying each with the time as documented. */
  @Test
  void theCutoffsChosenTakeTheLeastTime() {
    long[] counts = IntStream.range(0, 50_000).mapToLong(i -> 1_000_000L / (i + 3)).toArray();
    List<Integer> grid = new ArrayList<>();
    for (double cutoff = 2000; cutoff < 50_000; cutoff *= 1.25) {
      grid.add((int) cutoff);
    }
    double least = Double.POSITIVE_INFINITY;
    List<Integer> best = List.of();
    for (int a = 0; a < grid.size(); a++) {
      for (int b = a; b < grid.size(); b++) {
        for (int c = b; c < grid.size(); c++) {
          List<Integer> cutoffs = List.of(grid.get(a), grid.get(b), grid.get(c));
          List<Integer> distinct = cutoffs.stream().distinct().toList();
          double time = time(counts, distinct, 512);
          if (time < least) {
            least = time;
            best = distinct;
          }
        }
      }
    }
    assertThat(Clusters.choose(counts, 512, 4).cutoffs()).isEqualTo(best).hasSize(3);
    assertThat(Clusters.choose(counts, 200, 4).cutoffs()).hasSize(2); // the third: 3 numbers wide
    assertThat(Clusters.choose(new long[] {5, 1}, 8, 4).cutoffs()).containsExactly(1);
  }

  private static double time(long[] counts, List<Integer> cutoffs, int inputs) {
    double total = Arrays.stream(counts).sum();
    double time = cutoffs.getFirst() * (inputs + 32.0) * 1.02;
    for (int i = 0; i < cutoffs.size(); i++) {
      int from = cutoffs.get(i);
      int to = i + 1 < cutoffs.size() ? cutoffs.get(i + 1) : counts.length;
      double share = Arrays.stream(counts, from, to).sum() / total;
      double width = Math.floor(inputs / Math.pow(4, i + 1));
      time += (to - from) * (width + 32) * (share + 0.02);
    }
    return time;
  }

  private static Given random(Clusters clusters, int rows, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Parameters.Builder plan = new Parameters.Builder();
    AdaptiveSoftmax.plan(clusters, "", plan);
    double[][] weights;
    try (Backend backend = new ReferenceBackend();
        Parameters parameters = plan.allocate(backend, false)) {
      weights =
          parameters.all().stream()
              .map(parameter -> numbers(random, Math.toIntExact(parameter.value().size())))
              .toArray(double[][]::new);
    }
    int[] targets = random.ints(rows, 0, clusters.words()).toArray();
    targets[2] = TokenLoss.IGNORE;
    return new Given(clusters, weights, numbers(random, rows * clusters.inputs()), targets);
  }

  /** Returns numbers that float32 has exactly. */
  private static double[] numbers(SplittableRandom random, int count) {
    return random.doubles(count, -0.6, 0.6).map(value -> (float) value).toArray();
  }

  private static Given fixture(String name) {
    try (SafetensorsFile file = SafetensorsFile.open(path())) {
      int[] cutoffs = ints(file.tensor(name + ".cutoffs"));
      int inputs = file.shape(name + ".x").dim(1);
      int words = file.shape(name + ".log_probabilities").dim(1);
      double divisor = file.tensor(name + ".divisor").get(0);
      Clusters clusters =
          new Clusters(words, inputs, Arrays.stream(cutoffs).boxed().toList(), divisor);
      double[][] weights =
          clusters.names().stream()
              .map(part -> file.tensor(name + "." + part).toArray())
              .toArray(double[][]::new);
      return new Given(
          clusters,
          weights,
          file.tensor(name + ".x").toArray(),
          ints(file.tensor(name + ".targets")));
    }
  }

  private static int[] ints(Tensor tensor) {
    return Arrays.stream(tensor.toArray()).mapToInt(value -> (int) value).toArray();
  }

  private static void agree(String what, double[] own, double[] theirs) {
    assertThat(own).as(what).hasSameSizeAs(theirs);
    for (int i = 0; i < own.length; i++) {
      same(what, own[i], theirs[i], TOLERANCE);
    }
  }

  private static void same(String what, double own, double theirs, double tolerance) {
    assertThat(own).as(what).isCloseTo(theirs, within(tolerance * Math.max(1, Math.abs(theirs))));
  }

  private static Path path() {
    try {
      return Path.of(
          Objects.requireNonNull(
                  AdaptiveSoftmaxTest.class.getResource(
                      "/org/lm4j/fixtures/adaptive-softmax.safetensors"))
              .toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
