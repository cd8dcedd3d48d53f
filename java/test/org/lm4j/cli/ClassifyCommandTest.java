package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.chart.Xml;
import org.w3c.dom.Document;

/** {@code lm classify} on texts whose class is given by one word among others. */
@Tag("slow")
class ClassifyCommandTest {
  private static final List<String> TELLING = List.of("apple", "brick", "cloud");

  @TempDir private Path folder;
  private Path corpus = Path.of("");

  @BeforeEach
  void write() throws IOException {
    corpus = Files.writeString(folder.resolve("train.tsv"), texts(240, 3));
  }

  private static String texts(int count, long seed) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      int label = random.nextInt(3);
      int length = 1 + random.nextInt(6);
      int place = random.nextInt(length);
      text.append("class").append(label).append('\t');
      for (int t = 0; t < length; t++) {
        text.append(t == place ? TELLING.get(label) : "w" + random.nextInt(20)).append(' ');
      }
      text.append('\n');
    }
    return text.toString();
  }

  private Commands.Outcome train(String model, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("classify", "train", "--corpus", corpus.toString(), "--model", in(model)));
    for (String pair :
        List.of(
            "--device reference",
            "--hidden 8",
            "--embedding 8",
            "--dropout 0.1",
            "--batch 10",
            "--lr 0.02")) {
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
  void learnsClassesAndIsEvaluated() throws IOException {
    for (String pooling : List.of("mean", "last")) {
      Commands.Outcome trained =
          train(pooling, "--pooling", pooling, "--epochs", "6", "--test-fraction", "0.2");
      assertFine(trained);
      assertThat(trained.err())
          .containsPattern("test     4[78] texts set aside: .*accuracy 100.00");
      Path test = Files.writeString(folder.resolve("test.tsv"), texts(50, 8));
      assertThat(
              Commands.output(
                  "classify",
                  "eval",
                  "--model",
                  in(pooling),
                  "--corpus",
                  test.toString(),
                  "--device",
                  "reference"))
          .contains("accuracy  100.00 %", "class1            100.00 %  100.00 %");
      Path texts = Files.writeString(folder.resolve("texts"), "w1 cloud never\napple\n");
      List<String> lines =
          Commands.output(
                  "classify",
                  "predict",
                  "--model",
                  in(pooling),
                  texts.toString(),
                  "--device",
                  "reference")
              .lines()
              .toList();
      assertThat(lines).hasSize(3);
      assertThat(lines.get(0)).isEqualTo("class\tclass0\tclass1\tclass2");
      assertThat(lines.get(1)).matches("class2\t0\\.\\d{4}\t0\\.\\d{4}\t0\\.9\\d{3}");
      assertThat(lines.get(2)).startsWith("class0\t0.9");
    }
  }

  /** The figures of the page are those that are printed, and texts cannot act on it. */
  @Test
  void whatIsConfusedIsDrawn() throws Exception {
    assertFine(train("model", "--epochs", "0.3"));
    Path test =
        Files.writeString(
            folder.resolve("test.tsv"), texts(50, 8) + "class1\t<script>alert(1)</script> w1\n");
    Path page = folder.resolve("test.html");
    String printed =
        Commands.output(
            "classify",
            "eval",
            "--model",
            in("model"),
            "--corpus",
            test.toString(),
            "--page",
            page.toString());
    Document drawn = Xml.parse(Files.readString(page));
    String accuracy = printed.replaceFirst("(?s).*accuracy  ([0-9.]+ %).*", "$1");
    List<String> figures = Xml.texts(Xml.all(drawn, "dd", "number"));
    assertThat(figures).hasSize(4).startsWith(accuracy);
    assertThat(Xml.texts(Xml.all(drawn, "h2")))
        .containsExactly(
            "Confusion of classes", "How far the probabilities can be trusted", "Errors");
    assertThat(Xml.texts(Xml.all(drawn, "figcaption")))
        .containsExactly(
            "Answers by correct class",
            "Reliability",
            "Answers by probability",
            "How the model was trained");
    assertThat(Xml.all(drawn, "script")).hasSize(1);
    long wrong = Xml.all(drawn, "p", "quote").size();
    assertThat(printed).contains("texts     51");
    assertThat(wrong).isBetween(1L, 25L);
  }

  @Test
  void aStoppedRunResumesBitForBit() throws IOException {
    assertFine(train("whole", "--epochs", "3"));
    assertFine(train("parts", "--epochs", "1.3"));
    assertFine(train("parts", "--epochs", "3", "--resume"));
    assertThat(Files.readAllBytes(folder.resolve("parts/model.safetensors")))
        .isEqualTo(Files.readAllBytes(folder.resolve("whole/model.safetensors")));
    assertThat(Files.readString(folder.resolve("whole/log.jsonl"))).contains("texts_per_second");
    Commands.assertRefused(
        train("parts", "--resume", "--pooling", "last"), "--resume continues with the vocabulary");
    assertThat(Commands.output("info", in("whole"))).contains("a classifier of texts", "pooling");
  }

  @Test
  void beginsWithVectorsLearnedElsewhere() throws IOException {
    Path vectors = Files.writeString(folder.resolve("v.txt"), "1 8\napple 1 2 3 4 5 6 7 8\n");
    Commands.Outcome trained =
        train("m", "--embeddings", vectors.toString(), "--freeze-embeddings", "--epochs", "1");
    assertFine(trained);
    assertThat(trained.err()).containsPattern("vectors  .*v\\.txt: 1 of \\d+ words found");
    Commands.assertRefused(
        train(
            "n", "--embeddings", vectors.toString(), "--freeze-embeddings", "--optimizer", "adamw"),
        "--freeze-embeddings does not go with a weight decay");
  }

  @Test
  void emptyLinesAreKeptAndLinesBeforeABadOneAreAnswered() throws IOException {
    assertFine(train("model", "--epochs", "0.1"));
    Path gap = Files.writeString(folder.resolve("gap"), "w1\n\nw2\n \u3000\n");
    List<String> lines =
        Commands.output("classify", "predict", "--model", in("model"), gap.toString())
            .lines()
            .toList();
    assertThat(lines).hasSize(5);
    assertThat(lines.get(1)).startsWith("class");
    assertThat(lines.get(2)).isEmpty();
    assertThat(lines.get(3)).startsWith("class");
    assertThat(lines.get(4)).isEmpty();
    Path none = Files.writeString(folder.resolve("none"), "\n");
    assertThat(Commands.output("classify", "predict", "--model", in("model"), none.toString()))
        .hasLineCount(2);
    Path broken =
        Files.write(folder.resolve("broken"), new byte[] {'w', '1', '\n', 'w', (byte) 0xFF});
    Commands.Outcome outcome =
        Commands.lm("classify", "predict", "--model", in("model"), broken.toString());
    Commands.assertRefused(outcome, "broken", "UTF-8");
    assertThat(outcome.out()).hasLineCount(2);
  }

  /** A header and blank lines change nothing of what is learned. */
  @Test
  void theFormOfATableIsNotLearned() throws IOException {
    assertFine(train("plain", "--epochs", "0.5"));
    String rows = Files.readString(corpus);
    Files.writeString(corpus, "label\ttext\n" + rows + "\n \n");
    Commands.Outcome trained = train("model", "--epochs", "0.5");
    assertFine(trained);
    assertThat(trained.err()).contains("line 1 is a header (label, text), not a text");
    assertThat(Files.readAllBytes(folder.resolve("model/model.safetensors")))
        .isEqualTo(Files.readAllBytes(folder.resolve("plain/model.safetensors")));
    Files.writeString(corpus, rows.replaceAll("(?m)^(.*?)\t(.*)$", "$2\t$1"));
    Commands.assertRefused(train("swapped"), "the columns seem to be swapped");
    assertThat(folder.resolve("swapped")).doesNotExist();
    Path test = Files.writeString(folder.resolve("test.tsv"), "w1 apple\tclass0\n");
    Commands.assertRefused(
        Commands.lm("classify", "eval", "--model", in("model"), "--corpus", test.toString()),
        "the label 'w1 apple' is none of",
        "the columns seem to be swapped");
  }

  @Test
  void labelsAreNotClassified() throws IOException {
    assertFine(train("model", "--epochs", "0.1"));
    Path text = Files.writeString(folder.resolve("x"), "w1\n\nclass1\tw2\nw3\n");
    Commands.Outcome outcome =
        Commands.lm("classify", "predict", "--model", in("model"), text.toString());
    Commands.assertRefused(outcome, text + ", line 3: a line of a table, a label and a text");
    assertThat(outcome.out()).hasLineCount(3);
    Files.writeString(text, "Text\n\"w1 w2\"\n\"w3\"\n");
    outcome = Commands.lm("classify", "predict", "--model", in("model"), text.toString());
    assertThat(outcome.err())
        .hasLineCount(2)
        .contains("line 1 seems to be a header", "line 2 is in double quotes");
    Files.writeString(text, "w1\tw2\nclass1,w2\n");
    outcome = Commands.lm("classify", "predict", "--model", in("model"), text.toString());
    assertFine(outcome);
    assertThat(outcome.err())
        .hasLineCount(1)
        .contains("line 1 has a tab, which is read as a space");
    assertThat(outcome.out()).hasLineCount(3);
  }

  @Test
  void manyClassesHaveAShortTable() throws IOException {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 600; i++) {
      many.append("a class with a long name that nobody reads to its end ").append(i % 200);
      many.append("\tx").append(i % 200).append(" y\n");
    }
    corpus = Files.writeString(folder.resolve("many.tsv"), many);
    assertFine(train("many", "--epochs", "0.5"));
    String[] eval = {"classify", "eval", "--model", in("many"), "--corpus", corpus.toString()};
    String table = Commands.output(eval);
    assertThat(table)
        .contains("… and 160 more classes; --json has all")
        .contains("more confusions; --json has all")
        .contains("a class with a long name that n…");
    assertThat(table.lines().count()).isLessThan(100);
    assertThat(table.lines()).allMatch(line -> line.length() <= 100);
    String[] json = Arrays.copyOf(eval, eval.length + 1);
    json[eval.length] = "--json";
    assertThat(Commands.output(json).split("\"precision\"", -1)).hasSize(201);
  }

  /** A label of a folder from elsewhere breaks no row. */
  @Test
  void namesBreakNoRows() throws IOException {
    assertFine(train("model", "--epochs", "0.1"));
    Path labels = folder.resolve("model/labels.json");
    Files.writeString(labels, Files.readString(labels).replace("class1", "a\\n\\t\\u001b[2J"));
    Files.deleteIfExists(
        folder.resolve("model/manifest.json")); // as in a folder of an older version
    Path text = Files.writeString(folder.resolve("x"), "w1 brick\n");
    String answer = Commands.output("classify", "predict", "--model", in("model"), text.toString());
    assertThat(answer).hasLineCount(2).startsWith("class\tclass0\ta\\n\\t\\x1b[2J\tclass2\n");
  }

  @Test
  void badInputIsReportedInOneSentence() throws IOException {
    assertFine(train("model", "--epochs", "0.1"));
    Path other = Files.writeString(folder.resolve("other.tsv"), "class0\tw1\nclass9\tw2\n");
    Commands.assertRefused(
        Commands.lm("classify", "eval", "--model", in("model"), "--corpus", other.toString()),
        other + ", line 2: the label 'class9' is none of those the model has learned: class0,");
    corpus = Files.writeString(folder.resolve("one.tsv"), "a\tx\na\ty\n");
    Commands.assertRefused(train("m"), "holds texts of one class only, 'a'; two are needed");
    corpus = Files.writeString(folder.resolve("few.tsv"), "a\tx\na\ty\nb\tz\n");
    Commands.assertRefused(
        train("m", "--valid-fraction", "0.6"),
        "holds 1 texts of class 'b': with 1 held out there is none to train on");
    Commands.assertRefused(train("m", "--pooling", "max"), "'max' is none of last, mean");
    Commands.assertRefused(train("m", "--files", "a=b"), "give texts with --corpus, or with");
    Commands.assertRefused(
        Commands.lm("classify", "train", "--model", in("m"), "--files", "a"),
        "'a' after --files is not LABEL=FILE");
  }
}
