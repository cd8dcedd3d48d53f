package org.lm4j.task.lm.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.text.token.TokenFile;

/** The choice of settings on a validation text, and their file. */
class TuningTest {
  private static final Tuning.Listener QUIET =
      new Tuning.Listener() {
        @Override
        public void progress(String pass, long done, long total) {}

        @Override
        public void measured(String settings, double loss) {}
      };
  private static final Wanted.CacheWanted OPEN = new Wanted.CacheWanted(null, null, null);

  private static Wanted wanted(boolean dynamic, List<Wanted.MixWanted> mix) {
    Wanted.DynamicWanted learning =
        dynamic ? new Wanted.DynamicWanted(Adaptation.Rule.RMS, null, null, null, 5) : null;
    return new Wanted(null, learning, OPEN, OPEN, mix);
  }

  /** Two components of known shares: the weights are those of a fine search. */
  @Test
  void weightsAreTheMostLikely() {
    Random random = new Random(5);
    double[][] p = new double[3][400];
    for (int n = 0; n < 400; n++) {
      for (double[] component : p) {
        component[n] = random.nextDouble() * random.nextDouble();
      }
    }
    double none = Double.NaN;
    double[] found = MixtureWeights.fit(p, new double[] {none, none, none});
    double least = Double.POSITIVE_INFINITY;
    for (int a = 0; a <= 200; a++) {
      for (int b = 0; a + b <= 200; b++) {
        double[] weights = {a / 200.0, b / 200.0, (200 - a - b) / 200.0};
        least = Math.min(least, MixtureWeights.loss(p, weights));
      }
    }
    assertThat(Arrays.stream(found).sum()).isCloseTo(1, within(1e-12));
    assertThat(MixtureWeights.loss(p, found))
        .isLessThanOrEqualTo(least)
        .isCloseTo(least, within(1e-4));
    double[] half = MixtureWeights.fit(p, new double[] {none, 0.5, none});
    assertThat(half[1]).isEqualTo(0.5);
    double leastHalf =
        IntStream.rangeClosed(0, 1000)
            .mapToDouble(i -> MixtureWeights.loss(p, new double[] {i / 2e3, 0.5, 0.5 - i / 2e3}))
            .min()
            .orElseThrow();
    assertThat(MixtureWeights.loss(p, half)).isCloseTo(leastHalf, within(1e-6));
  }

  /** What was chosen is measured once more, by the model that it makes. */
  @Test
  void theLossIsThatOfTheAdaptedModel() throws Exception {
    try (AdaptedFixture fixture = AdaptedFixture.open("cpu");
        LanguageModel model = fixture.model();
        TokenFile text = AdaptedFixture.tokens(repetitive(3))) {
      for (boolean dynamic : new boolean[] {false, true}) {
        Tuning.Result result =
            Tuning.choose(
                model, List.of(), wanted(dynamic, List.of()), fixture.training(), text, QUIET);
        assertThat(result.loss()).isLessThan(result.before() - 0.1);
        assertThat(result.tokens()).isEqualTo(text.size() - 1);
        assertThat(loss(model, result.adaptation(), fixture, text))
            .isCloseTo(result.loss(), within(1e-4));
        assertThat(loss(model, Adaptation.NONE, fixture, text))
            .isCloseTo(result.before(), within(1e-4));
      }
    }
  }

  /** A text without repetition, of the same model's making, wants nothing of it. */
  @Test
  void whatDoesNotHelpIsLeftOff() throws Exception {
    try (AdaptedFixture fixture = AdaptedFixture.open("reference");
        LanguageModel model = fixture.model();
        LanguageModel same = fixture.model();
        TokenFile text = AdaptedFixture.tokens(own(model))) {
      Wanted wanted = wanted(true, List.of(new Wanted.MixWanted("same", null)));
      Tuning.Result result =
          Tuning.choose(model, List.of(same), wanted, fixture.training(), text, QUIET);
      assertThat(result.loss()).isLessThanOrEqualTo(result.before());
      assertThat(result.adaptation().mix()).containsExactly(new Adaptation.Part("same", 0));
    }
  }

  @Test
  void settingsAreKeptInAFile(@TempDir Path folder) throws Exception {
    Adaptation all =
        new Adaptation(
            1.05,
            new Adaptation.Dynamic(Adaptation.Rule.RMS, 0.002, 0.02, 0.001, 20),
            new Adaptation.UnigramCacheSettings(500, 0.05),
            new Adaptation.NeuralCacheSettings(2000, 0.3, 0.1),
            List.of(new Adaptation.Part("models/kn5", 0.2)));
    Path file = folder.resolve("settings.json");
    all.save(file);
    assertThat(Adaptation.read(file)).isEqualTo(all);
    Adaptation.NONE.save(file);
    assertThat(Adaptation.read(file)).isEqualTo(Adaptation.NONE);
    Files.writeString(
        file, Files.readString(file).replace("\"temperature\": 1.0", "\"temperature\": 0"));
    assertThatThrownBy(() -> Adaptation.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("temperature");
    Files.writeString(file, "{\"format\": \"lm4j-1\"}");
    assertThatThrownBy(() -> Adaptation.read(file)).isInstanceOf(InputException.class);
  }

  private static double loss(
      ScoringModel model, Adaptation adaptation, AdaptedFixture fixture, TokenFile text) {
    return new AdaptedModel(model, List.of(), adaptation, fixture.training())
        .score(text, 1, null, null)
        .loss();
  }

  /** Returns a text in which the same words return. */
  private static int[] repetitive(int seed) {
    Random random = new Random(seed);
    int[] phrase = random.ints(12, 0, 9).toArray();
    return IntStream.range(0, 240).map(i -> phrase[i % phrase.length]).toArray();
  }

  /** Returns a text that the model generates. */
  private static int[] own(ScoringModel model) {
    Random random = new Random(2);
    int[] ids = new int[400];
    double[] logs = new double[model.vocabulary().size()];
    try (ScoringModel.Cursor cursor = model.cursor()) {
      for (int i = 1; i < ids.length; i++) {
        cursor.read(ids[i - 1]);
        cursor.logProbabilities(logs);
        double left = random.nextDouble();
        int id = 0;
        for (left -= Math.exp(logs[0]); left > 0 && id < logs.length - 1; id++) {
          left -= Math.exp(logs[id + 1]);
        }
        ids[i] = id;
      }
    }
    return ids;
  }
}
