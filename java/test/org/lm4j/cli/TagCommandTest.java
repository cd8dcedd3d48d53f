package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
import org.lm4j.io.SafetensorsFile;
import org.w3c.dom.Document;

/**
 * {@code lm tag} on a language of which everything is known: a word that ends with {@code -s}
 * begins a thing, and what follows up to the word {@code end} belongs to it.
 */
@Tag("slow")
class TagCommandTest {
  @TempDir private Path folder;
  private Path corpus = Path.of("");

  @BeforeEach
  void write() throws IOException {
    corpus = Files.writeString(folder.resolve("train.txt"), sentences(300, 3));
  }

  private static String sentences(int count, long seed) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      boolean inside = false;
      int length = 1 + random.nextInt(9);
      for (int t = 0; t < length; t++) {
        int drawn = random.nextInt(4);
        String stem = Integer.toString(random.nextInt(40), 36);
        String word = drawn == 0 ? stem + "-s" : drawn == 1 ? "end" : stem;
        String tag = drawn == 0 ? "B-T" : drawn == 1 || !inside ? "O" : "I-T";
        inside = drawn == 0 || (drawn != 1 && inside);
        text.append(word).append(" F").append(drawn).append(' ').append(tag).append('\n');
      }
      text.append('\n');
    }
    return text.toString();
  }

  private Commands.Outcome train(String model, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("tag", "train", "--corpus", corpus.toString(), "--model", in(model)));
    for (String pair :
        List.of(
            "--device reference",
            "--hidden 12",
            "--embedding 8",
            "--char-embedding 6",
            "--char-hidden 8",
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

  /** The figures of the page are those that are printed, and words cannot act on it. */
  @Test
  void whatIsConfusedIsDrawn() throws Exception {
    assertFine(train("page", "--epochs", "0.3"));
    Path test =
        Files.writeString(
            folder.resolve("test.txt"),
            sentences(20, 8) + "<script>alert(1)</script> F0 <i>\n\u202Eend F1 O\n\n");
    Path page = folder.resolve("test.html");
    String printed =
        Commands.output(
            "tag",
            "eval",
            "--model",
            in("page"),
            "--corpus",
            test.toString(),
            "--page",
            page.toString());
    Document drawn = Xml.parse(Files.readString(page));
    String accuracy = printed.replaceFirst("(?s).*accuracy  ([0-9.]+ %).*", "$1");
    String f1 = printed.replaceFirst("(?s).*\nall.* ([0-9.]+) +[0-9]+ +[0-9]+ +[0-9]+\n.*", "$1");
    assertThat(Xml.texts(Xml.all(drawn, "dd", "number")))
        .hasSize(4)
        .startsWith(f1 + " %", accuracy);
    assertThat(Xml.texts(Xml.all(drawn, "mark"))).contains("<script>alert(1)</script>");
    assertThat(Xml.texts(Xml.all(drawn, "th"))).contains("<i>", "B-T", "O", "all", "T");
    assertThat(Xml.all(drawn, "script")).hasSize(1);
  }

  @Test
  void learnsTagsAndIsEvaluated() throws IOException {
    assertFine(train("model", "--epochs", "5"));
    Path test = Files.writeString(folder.resolve("test.txt"), sentences(100, 7));
    String judged =
        Commands.output(
            "tag",
            "eval",
            "--model",
            in("model"),
            "--corpus",
            test.toString(),
            "--device",
            "reference",
            "--answers",
            in("answers.txt"));
    assertThat(judged).containsPattern("accuracy  (99|100)\\.").contains("precision", "T  ");
    assertThat(Files.readAllLines(folder.resolve("answers.txt")).getFirst().split(" ", -1))
        .hasSize(3);
    Path text = Files.writeString(folder.resolve("text.txt"), "a zz-s b\n\nend c\n");
    assertThat(
            Commands.output(
                "tag", "tag", "--model", in("model"), text.toString(), "--device", "reference"))
        .isEqualToNormalizingNewlines("a O\nzz-s B-T\nb I-T\n\n\nend O\nc O\n\n");
    Path columns = Files.writeString(folder.resolve("columns.txt"), "x-s 1\ny 2\n");
    assertThat(
            Commands.output(
                "tag",
                "tag",
                "--model",
                in("model"),
                "--conll",
                columns.toString(),
                "--device",
                "reference"))
        .isEqualToNormalizingNewlines("x-s 1 B-T\ny 2 I-T\n");
  }

  private String tagged(Path text, String... more) {
    return Commands.output(
        concat(
            new String[] {
              "tag", "tag", "--model", in("model"), text.toString(), "--device", "reference"
            },
            more));
  }

  /** Line by line what was read, with a column more. */
  @Test
  void columnsKeepTheirLines() throws IOException {
    assertFine(train("model", "--epochs", "5"));
    Path text =
        Files.writeString(
            folder.resolve("x.txt"),
            "-DOCSTART-\t-X-\n\n# a comment\n#tag\t1\nNew York-s\t2\n\n\nb\t3\r\n\n# end\n");
    String lines = tagged(text, "--conll").replaceFirst("(#tag\t1\t)\\S+", "$1ANY");
    assertThat(lines)
        .isEqualToNormalizingNewlines(
            """
            -DOCSTART-\t-X-\tO

            # a comment
            #tag\t1\tANY
            New York-s\t2\tB-T


            b\t3\tO

            # end
            """);
  }

  @Test
  void aBadLineLosesNoAnswerBeforeIt() throws IOException {
    assertFine(train("model", "--epochs", "0.1"));
    Path lines = folder.resolve("bad.txt");
    byte[] good = "a b\n\nc\n".repeat(700).getBytes(StandardCharsets.UTF_8);
    byte[] bad = Arrays.copyOf(good, good.length + 1);
    bad[good.length] = (byte) 0xE9;
    Files.write(lines, bad);
    Commands.Outcome outcome = Commands.lm("tag", "tag", "--model", in("model"), lines.toString());
    Commands.assertRefused(outcome, "line 2101", "UTF-8");
    assertThat(outcome.out()).hasLineCount(6 * 700); // a, b, blank; blank; c, blank
    Path columns = Files.writeString(lines, "a 1\n\nb 2\n\n".repeat(800) + "c\n");
    outcome = Commands.lm("tag", "tag", "--model", in("model"), "--conll", columns.toString());
    Commands.assertRefused(outcome, "line 3201: 1 columns, but line 1 has 2");
    assertThat(outcome.out()).hasLineCount(3200);
  }

  @Test
  void aSingleTagIsRefused() throws IOException {
    Path corpus = Files.writeString(folder.resolve("one.txt"), "the D O\ncat N O\n\n".repeat(9));
    Path model = folder.resolve("one");
    Commands.assertRefused(
        Commands.lm("tag", "train", "--corpus", corpus.toString(), "--model", model.toString()),
        "one.txt holds one tag only, 'O'; two are needed");
    assertThat(model).doesNotExist();
  }

  @Test
  void columnsGivenAsLinesAreNoticed() throws IOException {
    assertFine(train("model", "--epochs", "0.1"));
    for (String text : List.of("a\tO\n\nb\tO\n", "a B-T\nb I-T\nc O\n\nd O\ne O\n")) {
      Path lines = Files.writeString(folder.resolve("lines.txt"), text);
      assertThat(Commands.lm("tag", "tag", "--model", in("model"), lines.toString()).err())
          .contains("if the text is in CoNLL columns, add --conll");
    }
    Path lines = Files.writeString(folder.resolve("lines.txt"), "O a\nO\nb c\n");
    assertThat(Commands.lm("tag", "tag", "--model", in("model"), lines.toString()).err())
        .doesNotContain("--conll");
  }

  private Commands.Outcome judged(String text, String... more) throws IOException {
    Path given = Files.writeString(folder.resolve("judged.txt"), text);
    return Commands.lm(
        concat(
            new String[] {"tag", "eval", "--model", in("model"), "--corpus", given.toString()},
            more));
  }

  /** Tags of other forms give the figures of the same spans; odd ones hide nothing. */
  @Test
  void spansAreEvaluatedForEveryTagScheme() throws IOException {
    assertFine(train("model", "--epochs", "5"));
    String own = "q-s F0 B-T\nz F2 I-T\nend F1 O\nr-s F0 B-T\ny F2 O\n\n".repeat(3);
    String table = judged(own).out();
    assertThat(table)
        .contains("all          50.00 %   50.00 %     50.00        6        6        3");
    String spans = table.substring(table.indexOf("spans"));
    for (String[] form : new String[][] {{"U", "L"}, {"S", "E"}}) {
      String other =
          own.replace("r-s F0 B-T", "r-s F0 " + form[0] + "-T").replace("I-T", form[1] + "-T");
      assertThat(judged(other).out()).endsWith(spans);
    }
    assertThat(judged(own + "a F2 *\n\n").out())
        .contains("outside   1 tags, right or answered, that mark no span: '*' (1)")
        .endsWith(spans);
    corpus = Files.writeString(folder.resolve("pos.txt"), "a F0 NN\nb F1 VB\n\n".repeat(20));
    assertFine(train("pos", "--epochs", "0.1"));
    Commands.Outcome none =
        Commands.lm("tag", "eval", "--model", in("pos"), "--corpus", corpus.toString());
    assertThat(none.out()).contains("spans     none: tags such as '").contains("mark no spans");
    assertThat(judged(own, "--json").out()).contains("\"f1\":0.5", "\"tags_that_mark_no_span\":{}");
  }

  @Test
  void rowsThatAreNotTokensAreNotLearned() throws IOException {
    corpus =
        Files.writeString(
            folder.resolve("u.conllu"),
            "# text = De\n1-2\tdes\t_\t_\n1\tde\tX\tADP\n2\tles\tX\tDET\n2.1\tet\tX\tCC\n\n");
    Commands.Outcome outcome = train("u", "--word-column", "2", "--epochs", "1");
    assertFine(outcome);
    assertThat(outcome.err())
        .contains("skipped  1 comment, 1 word of several tokens, 1 empty node in " + corpus)
        .contains("1 sentences, 2 tokens, 2 different words, 2 tags");
    Commands.assertRefused(train("v"), "line 3: column 1 holds the numbers of the tokens");
    corpus = Files.writeString(folder.resolve("h.txt"), "token\tlabel\na\tX\n\nb\tY\n");
    Commands.assertRefused(train("v"), "line 1: a header ('token', 'label'), not a token");
  }

  @Test
  void aStoppedRunResumesBitForBit() throws IOException {
    String[] shape = {"--feature-columns", "2", "--layers", "2"};
    assertFine(train("whole", concat(shape, "--epochs", "2")));
    assertFine(train("parts", concat(shape, "--epochs", "0.7")));
    assertFine(train("parts", "--epochs", "2", "--resume"));
    assertThat(Files.readAllBytes(folder.resolve("parts/model.safetensors")))
        .isEqualTo(Files.readAllBytes(folder.resolve("whole/model.safetensors")));
    assertThat(Files.readString(folder.resolve("whole/log.jsonl")))
        .contains("tags_per_second", "validation_accuracy")
        .doesNotContain("perplexity");
    Commands.assertRefused(
        train("parts", "--resume", "--valid-fraction", "0.2", "--unidirectional"),
        "--resume continues with the columns");
    Commands.assertRefused(
        train("parts", "--resume", "--feature-columns", "1"),
        "--resume continues with the columns");
    Commands.assertRefused(train("parts"), "already holds a model");
  }

  private static String[] concat(String[] first, String... then) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(then));
    return all.toArray(String[]::new);
  }

  @Test
  void otherCommandsKnowWhatTheFolderHolds() throws IOException {
    assertFine(train("model", "--epochs", "0.1", "--feature-columns", "2", "--unidirectional"));
    assertThat(Commands.output("info", in("model")))
        .contains("a tagger", "characters.weight_ih_l0_reverse", "featureColumns");
    Commands.assertRefused(
        Commands.lm("eval", "--model", in("model"), "--corpus", corpus.toString()),
        "holds a tagger, which does not predict the next token; give a");
    Commands.assertRefused(
        Commands.lm("tag", "tag", "--model", in("model"), corpus.toString()),
        "reads column 2 beside the words");
    assertFine(train("plain", "--epochs", "0.1"));
    Path endless = Files.writeString(folder.resolve("endless"), "ok\n" + "x ".repeat(4097));
    Commands.assertRefused(
        Commands.lm("tag", "tag", "--model", in("plain"), endless.toString()),
        endless + ", line 2: 4,097 words, more than the 4,096");
    Path other = Files.writeString(folder.resolve("other.txt"), "a F0 O\nb F1 X-T\n");
    assertThat(
            Commands.output(
                "tag",
                "eval",
                "--model",
                in("model"),
                "--corpus",
                other.toString(),
                "--device",
                "reference"))
        .contains("unknown   1 with tags never learned");
  }

  @Test
  void theHelpShowsItsOwnDefaults() {
    String help = Commands.output("tag", "train", "--help").replaceAll("\\s+", " ");
    assertThat(help).contains("Sentences in a batch [16].").doesNotContain("--bptt");
  }

  @Test
  void beginsWithVectorsLearnedElsewhere() throws IOException {
    Path vectors = Files.writeString(folder.resolve("v.txt"), "2 3\nend 1 2 3\nA 4 5 6\n");
    Commands.Outcome refused = train("m", "--embeddings", vectors.toString());
    Commands.assertRefused(refused, vectors + " has vectors of 3 numbers, not of --embedding 8");
    Commands.assertRefused(
        train("m", "--freeze-embeddings"), "--freeze-embeddings goes with --embeddings");
    String[] asked = {
      "tag",
      "train",
      "--corpus",
      corpus.toString(),
      "--model",
      in("m"),
      "--embeddings",
      vectors.toString(),
      "--freeze-embeddings",
      "--device",
      "reference",
      "--hidden",
      "4",
      "--char-hidden",
      "3",
      "--epochs",
      "1"
    };
    Commands.Outcome trained = Commands.lm(asked);
    assertFine(trained);
    assertThat(trained.err()).containsPattern("vectors  .*v\\.txt: 1 of \\d+ words found");
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("m/model.safetensors"))) {
      String words = Files.readString(folder.resolve("m/vocab.json"));
      int end =
          List.of(words.replaceAll("(?s).*\\[|[\\s\"]|\\].*", "").split(",", -1)).indexOf("end");
      assertThat(file.tensor("word.weight").slice(end, 1).toArray()).containsExactly(1, 2, 3);
    }
    Commands.assertRefused(
        train("m", "--resume", "--embeddings", vectors.toString()), "--resume continues with");
  }

  @Test
  void badInputIsReportedInOneSentence() throws IOException {
    Path ragged = Files.writeString(folder.resolve("ragged.txt"), "a X\nb\n");
    corpus = ragged;
    Commands.assertRefused(train("m"), ragged + ", line 2: 1 columns, but line 1 has 2");
    corpus = Files.writeString(folder.resolve("two.txt"), "a X\n");
    Commands.assertRefused(
        train("m", "--tag-column", "3"), ", line 1: 2 columns, but the tags should be in column 3");
    Commands.assertRefused(train("m", "--valid-fraction", "0.9"), "there is none to train on");
    Commands.assertRefused(
        train("m", "--valid-fraction", "0", "--valid", corpus.toString()),
        "give --valid or --valid-fraction, not both");
    Commands.assertRefused(
        Commands.lm("tag", "eval", "--model", in("m"), "--corpus", corpus.toString()),
        "there is no model folder",
        "lm tag train");
    assertThat(folder.resolve("m")).doesNotExist();
  }
}
