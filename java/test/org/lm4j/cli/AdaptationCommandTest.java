package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.contents;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.io.Json;

/** Mixtures and adaptation in {@code lm eval} and {@code lm score}. */
class AdaptationCommandTest {
  @TempDir private static Path folder;
  private static Path model;
  private static Path grams;
  private static Path valid;
  private static Path test;

  @BeforeAll
  static void trainTwo() throws IOException {
    Path corpus = text("corpus.txt", 1, 40);
    valid = text("valid.txt", 2, 40);
    test = text("test.txt", 3, 40);
    model = folder.resolve("model");
    grams = folder.resolve("grams");
    assertThat(train(corpus, model, "--level", "word").code()).isZero();
    output(
        "ngram",
        "train",
        "--corpus",
        corpus.toString(),
        "--model",
        grams.toString(),
        "--order",
        "2",
        "--vocab-from",
        model.toString());
  }

  /** Writes a text of some subjects, each of which keeps to a few words. */
  private static Path text(String name, int seed, int subjects) throws IOException {
    Random random = new Random(seed);
    List<String> lines = new ArrayList<>();
    for (int subject = 0; subject < subjects; subject++) {
      List<Integer> words = random.ints(3, 0, 20).boxed().toList();
      for (int line = 0; line < 4; line++) {
        lines.add(
            random
                .ints(5, 0, words.size())
                .mapToObj(i -> "w" + words.get(i))
                .collect(Collectors.joining(" ")));
      }
    }
    return Files.write(folder.resolve(name), lines);
  }

  private static String[] eval(String... more) {
    List<String> arguments = new ArrayList<>(List.of("eval", "--json", "--device", "cpu"));
    arguments.addAll(List.of("--model", model.toString(), "--corpus", test.toString()));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  private static double loss(String... more) {
    return printedLoss(output(eval(more)));
  }

  private static double printedLoss(String printed) {
    Object loss = Json.parse(printed, "lm eval", Map.class).get("loss");
    return (Double) Objects.requireNonNull(loss);
  }

  @Test
  void eachPartHelpsOnATextThatRepeatsItself() throws IOException {
    Map<String, byte[]> before = contents(model);
    double alone = loss();
    double cache = loss("--cache", "unigram", "--cache-window", "40", "--unigram-weight", "0.5");
    assertThat(cache).isLessThan(alone - 0.1);
    assertThat(loss("--dynamic", "sgd")).isLessThan(alone - 0.01);
    assertThat(loss("--dynamic", "rms")).isLessThan(alone - 0.01);
    assertThat(loss("--cache", "unigram", "--unigram-weight", "0")).isEqualTo(alone, within(1e-6));
    assertThat(loss("--mix", grams.toString(), "--mix-weight", "0")).isEqualTo(alone, within(1e-6));
    assertThat(contents(model)).containsExactlyInAnyOrderEntriesOf(before);
  }

  @Test
  void settingsAreChosenSavedAndReadAgain() {
    Path file = folder.resolve("settings.json");
    String[] choose =
        eval(
            "--cache",
            "unigram,neural",
            "--dynamic",
            "sgd",
            "--mix",
            grams.toString(),
            "--tune",
            valid.toString(),
            "--save",
            file.toString());
    Commands.Outcome outcome = lm(choose);
    assertThat(outcome.code()).isZero();
    assertThat(outcome.err()).contains("chosen on " + valid, "cache", "weight", "tried");
    double chosen = printedLoss(outcome.out());
    assertThat(chosen).isLessThan(loss() - 0.1);
    assertThat(loss("--with", file.toString())).isEqualTo(chosen, within(1e-6));
  }

  /** Scores the test text with a mixture of a network, n-grams and a cache. */
  private static String scored(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("score", "--model", model.toString(), test.toString()));
    arguments.addAll(List.of("--device", "reference", "--mix", grams.toString()));
    arguments.addAll(List.of("--mix-weight", "0.4", "--cache", "unigram"));
    arguments.addAll(List.of(more));
    return output(arguments.toArray(String[]::new));
  }

  @Test
  void linesOfAMixtureHaveRankEntropyAndAlternatives() {
    String printed = scored("--columns", "surprisal,rank,entropy", "--top", "2");
    List<String> lines = printed.lines().toList();
    assertThat(lines).hasSizeGreaterThan(800);
    assertThat(lines.getFirst()).contains("rank", "entropy");
    String surprisals = scored("--columns", "surprisal");
    for (int i : new int[] {1, 50, 700}) { // the same without whole distributions
      assertThat(lines.get(i)).startsWith(surprisals.lines().toList().get(i) + "\t");
    }
  }

  @Test
  void saysWhatDoesNotGoTogether() throws IOException {
    Path other = folder.resolve("other");
    assertThat(train(text("other.txt", 9, 3), other, "--level", "word").code()).isZero();
    assertRefused(lm(eval("--mix", other.toString())), "same vocabulary", "tokens", "other");
    assertRefused(lm(eval("--cache-theta", "1", "--dynamic", "sgd")), "--cache neural");
    assertRefused(lm(eval("--cache", "neural", "--neural-weight", "1.5")), "[0, 1]");
    assertRefused(lm(eval("--mix", grams.toString(), "--batch", "4")), "--batch");
    assertRefused(lm(eval("--cache", "neural", "--unit", "line")), "--unit stream");
    assertRefused(lm(eval("--with", "x.json", "--cache", "neural")), "--with");
    assertRefused(lm(eval("--segment", "5")), "--segment needs --dynamic");
    assertRefused(lm(eval("--mix-weight", "0.5")), "--mix-weight needs --mix");
    assertRefused(lm(eval("--cache-window", "5")), "--cache-window needs --cache");
    String[] arguments = eval("--cache", "neural");
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = arguments[i].equals(model.toString()) ? grams.toString() : arguments[i];
    }
    assertRefused(lm(arguments), "recurrent network");
    assertRefused(lm(eval("--mix-weight", "0.5")), "--mix-weight needs --mix");
    assertRefused(lm(eval("--cache-window", "5")), "--cache-window needs --cache");
    assertRefused(lm(eval("--cache-theta", "1")), "--cache-theta needs --cache neural");
    assertRefused(lm(eval("--neural-weight", "0.1")), "--neural-weight needs --cache neural");
    assertRefused(lm(eval("--unigram-weight", "0.1")), "--unigram-weight needs --cache unigram");
    assertRefused(lm(eval("--segment", "5")), "--segment needs --dynamic");
    assertRefused(lm(eval("--dynamic-rate", "0.1")), "--dynamic-rate needs --dynamic");
    assertRefused(lm(eval("--dynamic-decay", "0")), "--dynamic-decay needs --dynamic");
    assertRefused(lm(eval("--dynamic-epsilon", "1")), "--dynamic-epsilon needs --dynamic rms");
    assertRefused(lm(eval("--dynamic-text", "x.txt")), "--dynamic-text needs --dynamic rms");
    Files.delete(other.resolve("train.tokens"));
    arguments = eval("--dynamic", "rms");
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = arguments[i].equals(model.toString()) ? other.toString() : arguments[i];
    }
    assertRefused(lm(arguments), "--dynamic-text");
  }
}
