package org.lm4j.task.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.numpy.NpzFile;
import org.lm4j.nn.Parameter;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * States and gates along a text against PyTorch in float64, which reads it step by step; the
 * fixtures are made by scripts/make-fixtures.py.
 */
@SuppressWarnings("EnumOrdinal") // the order of the rows
class ActivationsTest {
  @TempDir private static Path folder;

  private static final Vocabulary CHARS =
      Vocabulary.of(
          Level.CHAR, List.of("a", "b", "c", "d", "é", "ش", "𝄞", " ", "(", "<unk>", "\n"));

  private static SafetensorsFile fixture(String cell) throws Exception {
    return SafetensorsFile.open(
        Path.of(
            Objects.requireNonNull(
                    ActivationsTest.class.getResource(
                        "/org/lm4j/fixtures/states-" + cell + ".safetensors"))
                .toURI()));
  }

  private static LanguageModelNetwork model(SafetensorsFile file, Cell cell, Backend backend) {
    LanguageModelConfig config = new LanguageModelConfig(cell, 11, 5, 7, 2, 0, false);
    LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false);
    for (Parameter parameter : model.parameters().all()) {
      if (!parameter.name().startsWith("decoder")) {
        backend.upload(file.tensor(parameter.name()), parameter.value());
      }
    }
    return model;
  }

  private static EncodedText text(SafetensorsFile file) {
    double[] ids = file.tensor("ids").toArray();
    return EncodedText.of(
        CHARS,
        Arrays.stream(ids).mapToObj(id -> CHARS.token((int) id)).collect(Collectors.joining()));
  }

  @ParameterizedTest
  @CsvSource({
    "rnn, reference, 1e-9",
    "lstm, reference, 1e-9",
    "gru, reference, 1e-9",
    "mingru, reference, 1e-9",
    "rnn, cpu, 1e-5",
    "lstm, cpu, 1e-5",
    "gru, cpu, 1e-5",
    "mingru, cpu, 1e-5"
  })
  void statesAndGatesAreThoseOfPyTorch(String name, String device, double tolerance)
      throws Exception {
    Cell cell =
        Arrays.stream(Cell.values())
            .filter(each -> each.label().equals(name))
            .findFirst()
            .orElseThrow();
    try (SafetensorsFile file = fixture(name);
        Backend backend = Backends.open(device, new BackendOptions(2));
        LanguageModelNetwork model = model(file, cell, backend);
        Activations found = Activations.of(model, text(file), 1000)) {
      assertThat(found.steps()).isEqualTo(150);
      assertThat(found.layers()).isEqualTo(2);
      int names = 0;
      for (String value : found.names()) {
        double[] expected = file.tensor(value).toArray();
        double[] own = found.values(value).toArray();
        assertThat(own).hasSameSizeAs(expected);
        for (int i = 0; i < own.length; i++) {
          assertThat(own[i]).as(value + " " + i).isCloseTo(expected[i], within(tolerance));
        }
        names++;
      }
      assertThat(names)
          .isEqualTo(
              switch (cell) {
                case LSTM -> 6;
                case GRU -> 4;
                case MIN_GRU -> 3;
                default -> 1;
              });
      double one = file.tensor("h").get((150 + 37) * 7 + 4);
      assertThat(found.value("h", 1, 37, 4)).isCloseTo(one, within(tolerance));
      assertThat(found.series("h", 1, 4)[37]).isCloseTo(one, within(tolerance));
    }
  }

  @Test
  void anArchiveHoldsAllOfIt() throws Exception {
    Path archive = folder.resolve("states.npz");
    try (SafetensorsFile file = fixture("lstm");
        Backend backend = Backends.open("reference", BackendOptions.defaults());
        LanguageModelNetwork model = model(file, Cell.LSTM, backend);
        Activations found = Activations.of(model, text(file), 70)) {
      found.writeNpz(archive);
      try (NpzFile read = NpzFile.open(archive)) {
        assertThat(read.names()).contains("h", "c", "i", "f", "g", "o", "ids", "tokens");
        assertThat(read.shape("c").dims()).containsExactly(2, 70, 7);
        assertThat(read.tensor("c").toArray()).isEqualTo(found.values("c").toArray());
        assertThat(read.texts("tokens")).hasSize(70).startsWith(found.token(0));
        assertThat(read.tensor("ids").get(69)).isEqualTo(found.text().get(69));
      }
    }
  }

  @Test
  void saturationIsCountedStepByStep() throws Exception {
    try (SafetensorsFile file = fixture("gru");
        Backend backend = Backends.open("reference", BackendOptions.defaults());
        LanguageModelNetwork model = model(file, Cell.GRU, backend);
        Activations found = Activations.of(model, text(file), 150)) {
      List<GateSaturation> all = GateSaturation.of(found);
      assertThat(all.stream().map(each -> each.gate() + each.layer()))
          .containsExactly("r0", "r1", "z0", "z1");
      double[] z = file.tensor("z").toArray(); // (2, 150, 7)
      double low = IntStream.range(0, 150).filter(t -> z[(150 + t) * 7 + 3] < 0.1).count() / 150.0;
      double high = IntStream.range(0, 150).filter(t -> z[(150 + t) * 7 + 3] > 0.9).count() / 150.0;
      assertThat(low + high).isPositive();
      assertThat(all.getLast().left().get(3)).isEqualTo(low);
      assertThat(all.getLast().right().get(3)).isEqualTo(high);
    }
  }

  /** Compares with the coefficient computed from raw sums. */
  @Test
  void aUnitsRankIsItsCorrelation() throws Exception {
    try (SafetensorsFile file = fixture("lstm");
        Backend backend = Backends.open("reference", BackendOptions.defaults());
        LanguageModelNetwork model = model(file, Cell.LSTM, backend);
        Activations found = Activations.of(model, text(file), 150)) {
      UnitRanking ranking = UnitRanking.of(found);
      double[] f = TextFeature.of(found.text(), 150)[TextFeature.LINE_POSITION.ordinal()];
      double[] c = file.tensor("c").toArray();
      double n = 150;
      double a1 = 0;
      double f1 = 0;
      double a2 = 0;
      double f2 = 0;
      double af = 0;
      for (int t = 0; t < 150; t++) {
        double a = Math.tanh(c[t * 7 + 2]);
        a1 += a;
        f1 += f[t];
        a2 += a * a;
        f2 += f[t] * f[t];
        af += a * f[t];
      }
      double r = (n * af - a1 * f1) / Math.sqrt((n * a2 - a1 * a1) * (n * f2 - f1 * f1));
      assertThat(ranking.correlation(TextFeature.LINE_POSITION, 0, 2)).isCloseTo(r, within(1e-9));
      List<UnitRanking.Rank> best = ranking.best(TextFeature.LINE_POSITION, 5);
      assertThat(best).hasSize(5);
      for (int i = 1; i < 5; i++) {
        assertThat(Math.abs(best.get(i).r())).isLessThanOrEqualTo(Math.abs(best.get(i - 1).r()));
      }
      assertThat(ranking.best(TextFeature.DIGIT, 5)).as("never a digit").isEmpty();
      assertThat(ranking.correlation(TextFeature.DIGIT, 0, 2)).isNaN();
    }
  }

  @Test
  void aTextWithoutATokenIsRefused() throws Exception {
    try (SafetensorsFile file = fixture("rnn");
        Backend backend = Backends.open("reference", BackendOptions.defaults());
        LanguageModelNetwork model = model(file, Cell.RNN_TANH, backend)) {
      assertThatThrownBy(() -> Activations.of(model, EncodedText.of(CHARS, ""), 5))
          .isInstanceOf(InputException.class);
    }
  }
}
