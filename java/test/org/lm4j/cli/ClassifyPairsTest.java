package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lm4j.cli.Commands.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.task.classify.TextClassifier;

/**
 * {@code lm classify} on pairs: whether the second text has the words of the first, in any order.
 */
@Tag("slow")
class ClassifyPairsTest {
  @TempDir private Path folder;
  private Path corpus = Path.of("");

  @BeforeEach
  void write() throws IOException {
    corpus = Files.writeString(folder.resolve("train.tsv"), pairs(600, 3));
  }

  private static String pairs(int count, long seed) {
    Random random = new Random(seed);
    StringBuilder table = new StringBuilder();
    for (int i = 0; i < count; i++) {
      List<String> first = words(random);
      List<String> second = new ArrayList<>(first);
      boolean same = random.nextBoolean();
      if (same) {
        Collections.shuffle(second, random);
      } else {
        second = words(random);
      }
      table.append(same || sorted(first).equals(sorted(second)) ? "same" : "other");
      table.append('\t').append(String.join(" ", first));
      table.append('\t').append(String.join(" ", second)).append('\n');
    }
    return table.toString();
  }

  private static List<String> words(Random random) {
    List<String> words = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      words.add("w" + random.nextInt(10));
    }
    return words;
  }

  private static List<String> sorted(List<String> words) {
    return words.stream().sorted().toList();
  }

  private Commands.Outcome train(String model, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("classify", "train", "--corpus", corpus.toString(), "--model", in(model)));
    for (String pair :
        List.of(
            "--device reference",
            "--cell gru",
            "--hidden 8",
            "--embedding 8",
            "--dropout 0",
            "--batch 10",
            "--lr 0.01")) {
      arguments.addAll(List.of(pair.split(" ", -1)));
    }
    arguments.addAll(List.of(more));
    return Commands.lm(arguments.toArray(String[]::new));
  }

  private String in(String name) {
    return folder.resolve(name).toString();
  }

  private static void assertFine(Commands.Outcome outcome) {
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  @Test
  void learnsWhetherTheSecondTextIsAPermutationOfTheFirst() throws IOException {
    Commands.Outcome trained = train("model", "--pairs", "--epochs", "10");
    assertFine(trained);
    assertThat(trained.err()).contains("corpus   540 pairs of texts, 10 different words, 2 class");
    Path test = Files.writeString(folder.resolve("test.tsv"), pairs(100, 8));
    String printed =
        Commands.output(
            "classify", "eval", "--model", in("model"), "--corpus", test.toString(), "--json");
    double accuracy =
        Double.parseDouble(printed.replaceFirst("(?s).*\"accuracy\":([0-9.]+).*", "$1"));
    assertThat(accuracy).isGreaterThan(0.95);
    Path texts = Files.writeString(folder.resolve("x"), "w1 w2 w3\tw3 w1 w2\n\nw1 w2\tw8 w9\n");
    List<String> lines =
        Commands.output("classify", "predict", "--model", in("model"), texts.toString())
            .lines()
            .toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.get(0)).isEqualTo("class\tother\tsame");
    assertThat(lines.get(1)).startsWith("same\t0.");
    assertThat(lines.get(2)).isEmpty();
    assertThat(lines.get(3)).startsWith("other\t");
    try (TextClassifier classifier = TextClassifier.load(folder.resolve("model"))) {
      assertThat(classifier.classify("w1 w2\tw3", "w3 w1\nw2").label()).isEqualTo("same");
      assertThat(classifier.classify("w1 w2\tw8 w9").label()).isEqualTo("other");
      assertThatThrownBy(() -> classifier.classify("w1 w2"))
          .isInstanceOf(InputException.class)
          .hasMessage("'w1 w2': no tab; a pair is two texts with a tab between them");
    }
  }

  @Test
  void aResumedRunComputesTheSameBitsAndKnowsThatItIsOfPairs() throws IOException {
    assertFine(train("whole", "--pairs", "--epochs", "2"));
    assertFine(train("parts", "--pairs", "--epochs", "0.7"));
    assertFine(train("parts", "--epochs", "2", "--resume"));
    assertThat(Files.readAllBytes(folder.resolve("parts/model.safetensors")))
        .isEqualTo(Files.readAllBytes(folder.resolve("whole/model.safetensors")));
    assertThat(Files.readString(folder.resolve("parts/config.json"))).contains("\"pairs\": true");
    assertThat(Commands.output("info", in("whole"))).contains("pairs");
  }

  @Test
  void aClassifierOfSingleTextsIsWrittenAsBefore() throws IOException {
    assertFine(train("single", "--epochs", "0.1"));
    assertThat(Files.readString(folder.resolve("single/config.json"))).doesNotContain("pairs");
    assertRefused(train("single", "--resume", "--pairs"), "--resume");
    try (TextClassifier classifier = TextClassifier.load(folder.resolve("single"))) {
      assertThatThrownBy(() -> classifier.classify("w1", "w2"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("this model classifies single texts, not pairs");
    }
  }

  @Test
  void jsonLinesAndTablesWithAHeaderTrainTheSameModel() throws IOException {
    assertFine(train("plain", "--pairs", "--epochs", "0.05"));
    List<String> lines = Files.readAllLines(corpus);
    StringBuilder json = new StringBuilder();
    StringBuilder table = new StringBuilder("pairID\tsentence1\tsentence2\tgold_label\n");
    for (String line : lines) {
      String[] cells = line.split("\t", -1);
      json.append("{\"gold_label\": \"").append(cells[0]).append("\", \"sentence1\": \"");
      json.append(cells[1]).append("\", \"sentence2\": \"").append(cells[2]).append("\"}\n");
      table.append("7\t").append(cells[1]).append('\t').append(cells[2]).append('\t');
      table.append(cells[0]).append('\n');
    }
    byte[] expected = Files.readAllBytes(folder.resolve("plain/model.safetensors"));
    corpus = Files.writeString(folder.resolve("train.jsonl"), json);
    assertFine(train("json", "--pairs", "--epochs", "0.05"));
    assertThat(Files.readAllBytes(folder.resolve("json/model.safetensors"))).isEqualTo(expected);
    corpus = Files.writeString(folder.resolve("snli.txt"), table);
    assertFine(train("table", "--pairs", "--epochs", "0.05"));
    assertThat(Files.readAllBytes(folder.resolve("table/model.safetensors"))).isEqualTo(expected);
  }

  @Test
  void badInputIsReportedInOneSentence() throws IOException {
    assertFine(train("model", "--pairs", "--epochs", "0.1"));
    Path text = Files.writeString(folder.resolve("x"), "w1\tw2\nw1 w2\n");
    Commands.Outcome outcome =
        Commands.lm("classify", "predict", "--model", in("model"), text.toString());
    assertRefused(outcome, text + ", line 2: no tab; a pair is two texts with a tab between them");
    assertThat(outcome.out()).hasLineCount(2);
    Files.writeString(text, "same\tw1\tw2\n");
    assertRefused(
        Commands.lm("classify", "predict", "--model", in("model"), text.toString()),
        "a label before the two texts");
    Files.writeString(text, "same\tw1 w2\n");
    assertRefused(
        Commands.lm("classify", "eval", "--model", in("model"), "--corpus", text.toString()),
        "line 1: label, first text and second text with tabs between them are needed");
    assertRefused(
        Commands.lm("classify", "train", "--model", in("m"), "--pairs", "--files", "a=b", "c=d"),
        "--files holds single texts; give pairs of texts with --corpus.");
  }
}
