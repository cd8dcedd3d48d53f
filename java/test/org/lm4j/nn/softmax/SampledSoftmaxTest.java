package org.lm4j.nn.softmax;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.cpu.Bf16Backends;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.composed.ElevenOperations;
import org.lm4j.compute.update.TouchedRows;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.TokenLoss;
import org.lm4j.tensor.Tensor;

/** Sampled softmax against its definition in plain loops, and the draws against their counts. */
class SampledSoftmaxTest {
  private static final int WORDS = 83;
  private static final int WIDTH = 19;
  private static final int ROWS = 37;
  private static final int SAMPLES = 21;
  private static final int SITE = 5;
  private static final RandomKey KEY = new RandomKey(4, 9);

  private static final double[] WEIGHT = numbers(WORDS * WIDTH, 1);
  private static final double[] BIAS = numbers(WORDS, 2);
  private static final double[] X = numbers(ROWS * WIDTH, 3);
  private static final int[] TARGETS = targets();

  private static int[] targets() {
    int[] targets = new SplittableRandom(4).ints(ROWS, 0, WORDS).toArray();
    Arrays.fill(targets, 0, 9, 0); // words that are drawn nearly always
    targets[9] = 1;
    targets[10] = TokenLoss.IGNORE;
    targets[36] = TokenLoss.IGNORE;
    return targets;
  }

  private static CandidateSampler sampler() {
    long[] counts = IntStream.range(0, WORDS).mapToLong(i -> 1000 / (i + 1)).toArray();
    return new CandidateSampler(counts, SAMPLES);
  }

  /** What the loss and its gradients are. */
  private static final class Values {
    final double[] losses;
    final double[] dx;
    final double[] dWeight;
    final double[] dBias;

    Values(double[] losses, double[] dx, double[] dWeight, double[] dBias) {
      this.losses = losses;
      this.dx = dx;
      this.dWeight = dWeight;
      this.dBias = dBias;
    }
  }

  private static Values plain(double[] weight, double[] bias, double[] x) {
    CandidateSampler sampler = sampler();
    int[] drawn = sampler.draw(KEY, SITE).clone();
    Values values =
        new Values(
            new double[ROWS], new double[X.length], new double[WEIGHT.length], new double[WORDS]);
    for (int row = 0; row < ROWS; row++) {
      int target = TARGETS[row];
      if (target == TokenLoss.IGNORE) {
        continue;
      }
      int[] words =
          IntStream.concat(IntStream.of(target), Arrays.stream(drawn).filter(w -> w != target))
              .toArray();
      double[] powers = new double[words.length];
      for (int i = 0; i < words.length; i++) {
        double logit = bias[words[i]] - sampler.logExpectedCount(words[i]);
        for (int j = 0; j < WIDTH; j++) {
          logit += x[row * WIDTH + j] * weight[words[i] * WIDTH + j];
        }
        powers[i] = Math.exp(logit);
      }
      double sum = Arrays.stream(powers).sum();
      values.losses[row] = -Math.log(powers[0] / sum);
      for (int i = 0; i < words.length; i++) {
        double d = (powers[i] / sum - (i == 0 ? 1 : 0)) / ROWS;
        values.dBias[words[i]] += d;
        for (int j = 0; j < WIDTH; j++) {
          values.dWeight[words[i] * WIDTH + j] += d * x[row * WIDTH + j];
          values.dx[row * WIDTH + j] += d * weight[words[i] * WIDTH + j];
        }
      }
    }
    return values;
  }

  @Test
  void theDefinitionAgreesWithCentralDifferences() {
    Values values = plain(WEIGHT, BIAS, X);
    differences(WEIGHT, values.dWeight, 13);
    differences(BIAS, values.dBias, 3);
    differences(X, values.dx, 7);
  }

  private static void differences(double[] of, double[] gradient, int every) {
    for (int i = 0; i < of.length; i += every) {
      double kept = of[i];
      double h = 1e-5;
      of[i] = kept + h;
      double above = Arrays.stream(plain(WEIGHT, BIAS, X).losses).sum() / ROWS;
      of[i] = kept - h;
      double below = Arrays.stream(plain(WEIGHT, BIAS, X).losses).sum() / ROWS;
      of[i] = kept;
      assertThat(gradient[i]).isCloseTo((above - below) / (2 * h), within(1e-9));
    }
  }

  @TestFactory
  Stream<DynamicTest> theLossAgreesWithTheDefinitionOnEveryBackend() {
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
    Values plain = plain(WEIGHT, BIAS, X);
    try (Backend backend = opened.get()) {
      double epsilon = backend.productEpsilon();
      for (long blockBytes : new long[] {1, 900, 1 << 20}) {
        Values found = run(backend, blockBytes);
        close("losses", found.losses, plain.losses, epsilon);
        close("dx", found.dx, plain.dx, epsilon);
        close("dWeight", found.dWeight, plain.dWeight, epsilon);
        close("dBias", found.dBias, plain.dBias, epsilon);
      }
    }
  }

  private static void close(String what, double[] own, double[] theirs, double epsilon) {
    double largest = Arrays.stream(theirs).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < theirs.length; i++) {
      assertThat(own[i]).as("%s[%d]", what, i).isCloseTo(theirs[i], within(30 * epsilon * largest));
    }
  }

  private static Values run(Backend backend, long blockBytes) {
    Parameters.Builder plan = new Parameters.Builder().add("w", WORDS, WIDTH).add("b", WORDS);
    try (Parameters parameters = plan.allocate(backend, true);
        OwnedTensors owned = new OwnedTensors(backend)) {
      upload(backend, WEIGHT, parameters.get("w").value());
      upload(backend, BIAS, parameters.get("b").value());
      TouchedRows touched = new TouchedRows(WORDS);
      SampledSoftmaxLoss.Rows rows =
          new SampledSoftmaxLoss.Rows(
              owned.floats(ROWS, WIDTH),
              owned.floats(ROWS, WIDTH),
              owned.ids(ROWS),
              owned.floats(ROWS));
      upload(backend, X, rows.x());
      SampledSoftmaxLoss.Output output =
          new SampledSoftmaxLoss.Output(
              parameters.get("w"), parameters.get("b"), sampler(), SITE, touched);
      try (TokenLoss loss = new SampledSoftmaxLoss(backend, output, rows, blockBytes)) {
        loss.load(new int[ROWS]); // another step before
        loss.lossAndGradient(1, new RandomKey(4, 8));
        backend.fill(parameters.gradients(), 0);
        touched.clear();
        loss.load(TARGETS);
        loss.lossAndGradient(1.0 / ROWS, KEY);
        Values values =
            new Values(
                download(backend, rows.loss()),
                download(backend, rows.dx()),
                download(backend, parameters.get("w").gradient()),
                download(backend, parameters.get("b").gradient()));
        onlyTouchedRowsHaveGradients(touched, values);
        return values;
      }
    }
  }

  private static void onlyTouchedRowsHaveGradients(TouchedRows touched, Values values) {
    boolean[] in = new boolean[WORDS];
    for (int i = 0; i < touched.count(); i++) {
      assertThat(in[touched.row(i)]).isFalse();
      in[touched.row(i)] = true;
    }
    for (int word = 0; word < WORDS; word++) {
      for (int j = 0; j < WIDTH && !in[word]; j++) {
        assertThat(values.dWeight[word * WIDTH + j]).isZero();
      }
    }
    assertThat(touched.count()).isBetween(SAMPLES, WORDS - 1);
  }

  @Test
  void aDrawHasDistinctWordsOfTheKeyAndExpectedCounts() {
    CandidateSampler sampler = sampler();
    int draws = 4000;
    double[] drawn = new double[WORDS];
    double[] expected = new double[WORDS];
    for (int step = 0; step < draws; step++) {
      int[] words = sampler.draw(new RandomKey(1, step), SITE);
      assertThat(Arrays.stream(words).distinct().count()).isEqualTo(SAMPLES);
      for (int i = 0; i < SAMPLES; i++) {
        assertThat(sampler.place(words[i])).isEqualTo(i);
        drawn[words[i]]++;
      }
      for (int word = 0; word < WORDS; word++) {
        expected[word] += Math.exp(sampler.logExpectedCount(word));
      }
    }
    assertThat(Arrays.stream(expected).sum() / draws).isCloseTo(SAMPLES, within(0.3));
    for (int word = 0; word < WORDS; word++) {
      double deviation = 5 * Math.sqrt(expected[word]); // five standard deviations
      assertThat(drawn[word]).as("word %d", word).isCloseTo(expected[word], within(deviation));
    }
    int[] once = sampler.draw(KEY, SITE).clone();
    sampler.draw(new RandomKey(2, 2), SITE);
    assertThat(sampler().draw(KEY, SITE)).isEqualTo(once);
    assertThatThrownBy(() -> new CandidateSampler(new long[40], 21))
        .hasMessageContaining("1 to 20 of 40 words");
  }

  private static double[] numbers(int count, long seed) {
    return new SplittableRandom(seed)
        .doubles(count, -0.7, 0.7)
        .map(value -> (float) value)
        .toArray();
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
}
