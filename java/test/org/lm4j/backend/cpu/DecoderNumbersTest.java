package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RnnSpec;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.decode.TokenSampler;

/**
 * Decoders that multiply in fewer bits: the texts they generate, and their distance from float64.
 */
class DecoderNumbersTest {
  private static final int SEED = 17;
  private static final int TOKENS = 40;

  /** The numbers, and how far a logit may be from the reference in units of the logits' spread. */
  @SuppressWarnings("ImmutableEnumChecker") // functions without state
  enum Numbers {
    BF16(Bf16Backends::fastest, Bf16Backends::emulated, 0.02),
    INT8(Int8Backends::fastest, Int8Backends::emulated, 0.06);

    private final IntFunction<Backend> fastest;
    private final IntFunction<Backend> emulated;
    private final double bound;

    Numbers(IntFunction<Backend> fastest, IntFunction<Backend> emulated, double bound) {
      this.fastest = fastest;
      this.emulated = emulated;
      this.bound = bound;
    }
  }

  /** A model: odd sizes; a large vocabulary, whose projections are not kept; several layers. */
  record Model(Numbers numbers, RnnSpec spec, int vocabulary) {}

  static Stream<Model> models() {
    List<Model> models = new ArrayList<>();
    for (Numbers numbers : Numbers.values()) {
      models.add(new Model(numbers, new RnnSpec(Cell.LSTM, 19, 37, 2, 0), 65));
      models.add(new Model(numbers, new RnnSpec(Cell.GRU, 33, 131, 1, 0), 10_000));
      models.add(new Model(numbers, new RnnSpec(Cell.RNN_TANH, 1, 5, 3, 0), 3));
    }
    return models.stream();
  }

  private static Map<String, SamplingOptions> samplings() {
    Map<String, SamplingOptions> samplings = new LinkedHashMap<>();
    samplings.put("temperature", new SamplingOptions(0.7, 0, 1, false));
    samplings.put("top-k", new SamplingOptions(1, 2, 1, false));
    samplings.put("top-p", new SamplingOptions(1, 0, 0.8, false));
    samplings.put("greedy", new SamplingOptions(1, 0, 1, true));
    return samplings;
  }

  @ParameterizedTest
  @MethodSource("models")
  void aTextDependsOnTheSeedAlone(Model model) {
    Map<String, int[]> expected = texts(model, model.numbers().fastest.apply(1));
    assertThat(texts(model, model.numbers().fastest.apply(2))).containsExactlyEntriesOf(expected);
    assertThat(texts(model, model.numbers().emulated.apply(1))).containsExactlyEntriesOf(expected);
  }

  @ParameterizedTest
  @MethodSource("models")
  void logitsAreNearTheReference(Model model) {
    double[][] exact = logits(model, new ReferenceBackend());
    double[][] rounded = logits(model, model.numbers().fastest.apply(2));
    double spread = 0;
    for (double logit : exact[TOKENS - 1]) {
      spread = Math.max(spread, Math.abs(logit));
    }
    boolean differs = false;
    for (int i = 0; i < TOKENS; i++) {
      for (int v = 0; v < model.vocabulary(); v++) {
        assertThat(rounded[i][v]).isCloseTo(exact[i][v], within(model.numbers().bound * spread));
        differs |= Math.abs(rounded[i][v] - exact[i][v]) > 1e-5 * spread;
      }
    }
    assertThat(differs).as("rounded at all").isTrue();
  }

  @ParameterizedTest
  @MethodSource("models")
  void oneLogitIsThatOfAll(Model model) {
    try (Backend backend = model.numbers().fastest.apply(1);
        RandomTokenModel weights =
            new RandomTokenModel(backend, model.spec(), model.vocabulary(), SEED);
        IncrementalDecoder reader = backend.tokenReader(weights.model())) {
      double[] all = new double[model.vocabulary()];
      for (int token : new int[] {0, model.vocabulary() - 1}) {
        reader.read(token);
        double one = reader.logit(token);
        reader.logits(all);
        assertThat(one).isEqualTo(all[token]);
        assertThat(reader.logit(0)).isEqualTo(all[0]);
      }
      assertThat(reader.bounds()).isFalse(); // reading all takes no longer
    }
  }

  /** A weight is that of the token's logit, or in bf16 of a bound of it that is a little higher. */
  @ParameterizedTest
  @MethodSource("models")
  void weightsAreNotBelowThoseOfTheLogits(Model model) {
    double temperature = 0.6;
    try (Backend backend = model.numbers().fastest.apply(2);
        RandomTokenModel weights =
            new RandomTokenModel(backend, model.spec(), model.vocabulary(), SEED);
        IncrementalDecoder reader = backend.tokenReader(weights.model())) {
      int size = reader.blockSize();
      assertThat(size > 0).isEqualTo(model.vocabulary() == 10_000);
      if (size == 0) {
        assertThatThrownBy(() -> reader.weights(1, new double[model.vocabulary()]))
            .isInstanceOf(UnsupportedOperationException.class);
        return;
      }
      int count = (model.vocabulary() + size - 1) / size;
      double[] logits = new double[model.vocabulary()];
      double[] sums = new double[count];
      double[] block = new double[size];
      for (int token = 0; token < 5; token++) {
        reader.read(token);
        reader.logits(logits);
        double max = reader.weights(temperature, sums);
        double total = 0;
        double ofLogits = 0;
        for (int b = 0; b < count; b++) {
          reader.block(b, block);
          assertThat(Arrays.stream(block).sum()).isCloseTo(sums[b], withinPercentage(1e-4));
          for (int i = 0; i < size; i++) {
            int id = b * size + i;
            double own = id < logits.length ? Math.exp((logits[id] - max) / temperature) : 0;
            assertThat(block[i]).as("token %d", id).isBetween(own * (1 - 1e-5), 1.0);
            ofLogits += own;
            if (model.numbers() == Numbers.INT8 || own == 0) {
              assertThat(block[i]).isCloseTo(own, within(own * 1e-5));
            }
          }
          total += sums[b];
        }
        assertThat(ofLogits / total).as("kept").isBetween(0.6, 1.00001);
      }
    }
  }

  private static Map<String, int[]> texts(Model model, Backend backend) {
    Map<String, int[]> texts = new LinkedHashMap<>();
    try (backend;
        RandomTokenModel weights =
            new RandomTokenModel(backend, model.spec(), model.vocabulary(), SEED);
        IncrementalDecoder reader = backend.tokenReader(weights.model())) {
      samplings()
          .forEach(
              (name, options) -> {
                reader.reset();
                reader.read(model.vocabulary() - 1);
                TokenSampler sampler = TokenSampler.of(reader, options, SEED, 0);
                int[] text = new int[TOKENS];
                for (int i = 0; i < TOKENS; i++) {
                  text[i] = sampler.pick(i);
                  reader.read(text[i]);
                }
                texts.put(name, text);
              });
    }
    return texts;
  }

  private static double[][] logits(Model model, Backend backend) {
    double[][] logits = new double[TOKENS][model.vocabulary()];
    try (backend;
        RandomTokenModel weights =
            new RandomTokenModel(backend, model.spec(), model.vocabulary(), SEED);
        IncrementalDecoder reader = backend.tokenReader(weights.model())) {
      for (int i = 0; i < TOKENS; i++) {
        reader.read(i * i % model.vocabulary());
        reader.logits(logits[i]);
      }
    }
    return logits;
  }
}
