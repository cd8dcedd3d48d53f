package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.model.DropoutRates;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelTask;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Sources;
import org.lm4j.text.token.TokenFile;

/**
 * A text whose source is known: a Markov chain. The best any model can do on held-out text is the
 * chain's own loss on it; a model that ends far above has not learned, and one that ends below it
 * by more than chance has seen its targets.
 */
@Tag("slow")
class KnownEntropyTest {
  private static final String ALPHABET = "abcdefgh";
  private static final int TRAINING = 400_000;
  private static final int HELD_OUT = 40_000;
  private static final long SEED = 20;

  @TempDir private Path folder;

  @Test
  void learnsAMarkovChainAndNoMore() throws Exception {
    Random random = new Random(SEED);
    double[][] chain = chain(random);
    String training = draw(chain, TRAINING, random);
    String heldOut = draw(chain, HELD_OUT, random);
    Path valid = folder.resolve("valid.txt");
    Files.writeString(valid, heldOut);

    double[] own = ownLosses(chain, heldOut);
    double source = mean(own);
    double model = trainAndScore(training, valid);

    // Three standard errors of the difference a perfect learner of this chain could show by luck.
    double noise = 3 * deviation(own, source) / Math.sqrt(HELD_OUT) * 0.2;
    assertThat(model).as("seed %d: loss, source %.5f", SEED, source).isLessThan(source + 0.02);
    assertThat(model).as("seed %d: loss, source %.5f", SEED, source).isGreaterThan(source - noise);
  }

  private double trainAndScore(String training, Path valid) {
    Sources corpus =
        Sources.of(
            List.of("-"), new ByteArrayInputStream(training.getBytes(StandardCharsets.UTF_8)));
    LanguageModelTask task =
        LanguageModelTask.begin(
            new CorpusBuilder.Input(
                CorpusSpec.of(Level.CHAR),
                corpus,
                Sources.of(List.of(valid.toString()), new ByteArrayInputStream(new byte[0])),
                (done, all) -> {}),
            new LanguageModelConfig(Cell.LSTM, 1, 16, 32, 1, DropoutRates.NONE, false),
            LanguageModelTask.InitialWeights.DRAWN);
    Recipe recipe =
        new Recipe(
            32,
            32,
            new Recipe.OptimizerChoice("adam", 5e-3, 0, 0),
            new Recipe.ScheduleChoice("cosine", 0.5, 1, 1, 0, 0),
            new Recipe.ClipChoice(5, 0),
            SEED);
    Path model = folder.resolve("model");
    try (Backend backend = Backends.open("auto", new BackendOptions(2), line -> {});
        Run<LanguageModelNetwork> run =
            Run.begin(
                model,
                backend,
                new RunPlan(recipe, new RunLength(4.0, null, null), new Cadence(0, 20, 0), null),
                task);
        MetricsLog log = MetricsLog.open(model, 0, 100, Unit.TOKENS)) {
      run.trainer().run(new SilentListener(), log);
      try (LanguageModelNetwork best = LanguageModelNetwork.open(run.files(), backend, false);
          TokenFile tokens = run.files().tokens(CorpusBuilder.VALID);
          Evaluator evaluator = new Evaluator(best, tokens, 1)) {
        return evaluator.score(null, null).loss();
      }
    }
  }

  /** Order 2: each pair of letters has its own distribution of the third. */
  private static double[][] chain(Random random) {
    int letters = ALPHABET.length();
    double[][] chain = new double[letters * letters][letters];
    for (double[] row : chain) {
      double sum = 0;
      for (int i = 0; i < letters; i++) {
        row[i] = Math.pow(random.nextDouble(), 3) + 0.01;
        sum += row[i];
      }
      for (int i = 0; i < letters; i++) {
        row[i] /= sum;
      }
    }
    return chain;
  }

  private static String draw(double[][] chain, int length, Random random) {
    StringBuilder text = new StringBuilder("ab");
    while (text.length() < length) {
      double[] row = chain[state(text, text.length())];
      double u = random.nextDouble();
      int next = 0;
      while (next < row.length - 1 && u >= row[next]) {
        u -= row[next++];
      }
      text.append(ALPHABET.charAt(next));
    }
    return text.toString();
  }

  private static int state(CharSequence text, int at) {
    return ALPHABET.indexOf(text.charAt(at - 2)) * ALPHABET.length()
        + ALPHABET.indexOf(text.charAt(at - 1));
  }

  private static double[] ownLosses(double[][] chain, String text) {
    double[] losses = new double[text.length() - 2];
    for (int i = 2; i < text.length(); i++) {
      losses[i - 2] = -Math.log(chain[state(text, i)][ALPHABET.indexOf(text.charAt(i))]);
    }
    return losses;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(double[] values, double mean) {
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return Math.sqrt(sum / values.length);
  }
}
