package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.compute.Cell;

/** {@code lm seq2seq} on words of three letters that are to be written in capitals, backwards. */
@Tag("slow")
class Seq2SeqCommandTest {
  @TempDir private Path folder;
  private Path corpus = Path.of("");
  private Path model = Path.of("");

  @BeforeEach
  void write() throws IOException {
    corpus = folder.resolve("pairs.tsv");
    model = folder.resolve("model");
    StringBuilder lines = new StringBuilder();
    for (int length = 1; length <= 3; length++) {
      for (int number = 0; number < Math.pow(3, length); number++) {
        String source = letters(number, length);
        String target = new StringBuilder(source).reverse().toString().toUpperCase(Locale.ROOT);
        lines.append(source).append('\t').append(target).append('\n');
      }
    }
    Files.writeString(corpus, lines);
  }

  private static String letters(int number, int length) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0, left = number; i < length; i++, left /= 3) {
      letters.append((char) ('a' + left % 3));
    }
    return letters.toString();
  }

  private Commands.Outcome train(Path into, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("seq2seq", "train", "--corpus", corpus.toString(), "--model", into.toString()));
    for (String pair :
        List.of("--device reference", "--hidden 10", "--embedding 6", "--batch 8", "--lr 0.02")) {
      List<String> option = List.of(pair.split(" ", -1));
      if (!List.of(more).contains(option.getFirst())) {
        arguments.addAll(option);
      }
    }
    arguments.addAll(List.of(more));
    return Commands.lm(arguments.toArray(String[]::new));
  }

  private static void succeeded(Commands.Outcome outcome) {
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  private String translate(String input, String... more) {
    InputStream kept = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      return Commands.output(with(more, "seq2seq", "translate", "--model", model.toString()));
    } finally {
      System.setIn(kept);
    }
  }

  private static String[] with(String[] more, String... first) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of("--device", "reference"));
    all.addAll(Arrays.asList(more));
    return all.toArray(String[]::new);
  }

  @Test
  void learnsTranslatesAndIsEvaluated() throws IOException {
    succeeded(train(model, "--epochs", "40", "--valid", corpus.toString()));
    assertThat(Files.readString(model.resolve("log.jsonl")))
        .contains("validation_perplexity", "validation_accuracy", "tokens_per_second");
    assertThat(Files.readString(model.resolve("target-vocab.json")))
        .contains("<NULL>", "<START>", "<END>", "<UNK>", "\"A\"", "\"B\"");

    String eval =
        Commands.output(
            with(
                new String[] {"--errors", "3", "--page", folder.resolve("eval.html").toString()},
                "seq2seq",
                "eval",
                "--model",
                model.toString(),
                "--corpus",
                corpus.toString()));
    assertThat(eval)
        .contains("pairs           39")
        .contains("exact           100.00 % (39)")
        .contains("next tokens     100.00 % of 141, ends included")
        .contains("perplexity      1.0")
        .doesNotContain("BLEU");
    assertThat(Files.readString(folder.resolve("eval.html")))
        .contains(">100.00 %</dd>", "39 of 39 lines", "3 tokens, 27 lines: 1<")
        .doesNotContain("BLEU", "First lines that differ");
    assertThat(
            Commands.output(
                "seq2seq",
                "eval",
                model.toString(),
                "--json",
                "--corpus",
                corpus.toString(),
                "--device",
                "reference"))
        .startsWith("{\"pairs\":39,\"exact\":39,\"accuracy\":1.0,\"targets\":141,\"loss\":0.")
        .hasLineCount(1);

    // One line in, one line out; an empty one stays one, whatever stands around it.
    assertThat(translate("abb\n\nb\nbac\r\n")).isEqualTo("BBA\n\nB\nCAB\n");
    assertThat(translate("")).isEmpty();
    Path file = folder.resolve("lines.txt");
    Files.writeString(file, "abb\n\nb\nbac");
    assertThat(translate("", file.toString(), "--beam", "3")).isEqualTo("BBA\n\nB\nCAB\n");
    assertThat(translate("abb\nb\n", "--scores", "--beam", "2"))
        .matches("BBA\t-0\\.0\\d+\nB\t-0\\.0\\d+\n");
    // What is not known is read as unknown.
    assertThat(translate("a♥b\n")).hasLineCount(1);
  }

  @Test
  void attentionIsDrawnAndWritten() throws IOException {
    succeeded(train(model, "--epochs", "2"));
    Path page = folder.resolve("page.html");
    Path table = folder.resolve("weights.tsv");
    String written =
        translate("ab\n\nb a\n", "--page", page.toString(), "--weights", table.toString());
    assertThat(Files.readString(page))
        .contains("<svg", "1: ab →", "3: b a →")
        .containsOnlyOnce("<script");
    List<String> lines = Files.readAllLines(table);
    assertThat(lines.getFirst())
        .isEqualTo("line\ttarget_place\ttarget\tsource_place\tsource\tweight");
    double sum = 0;
    for (String line : lines.subList(1, 3)) {
      assertThat(line).startsWith("1\t1\t");
      sum += Double.parseDouble(line.split("\t", -1)[5]);
    }
    assertThat(sum).isBetween(0.99999, 1.00001);
    assertThat(lines).anyMatch(line -> line.contains("\t2\t␣\t") && line.startsWith("3\t"));
    assertThat(written).hasLineCount(3);
  }

  @Test
  void aStoppedRunResumesBitForBit() throws IOException {
    Path parts = folder.resolve("parts");
    succeeded(train(model, "--epochs", "4", "--dropout", "0.2", "--layers", "2"));
    succeeded(train(parts, "--epochs", "1.5", "--dropout", "0.2", "--layers", "2"));
    succeeded(train(parts, "--epochs", "4", "--resume"));
    assertThat(Files.readAllBytes(parts.resolve("model.safetensors")))
        .isEqualTo(Files.readAllBytes(model.resolve("model.safetensors")));
    for (String[] other :
        new String[][] {
          {"--hidden", "11"}, {"--attention", "0"}, {"--one-way"}, {"--level", "word"}
        }) {
      String[] more = Arrays.copyOf(other, other.length + 1);
      more[other.length] = "--resume";
      Commands.assertRefused(train(parts, more), "--resume continues with");
    }
    Files.writeString(corpus, "ab\tBA\nabb\tBBA\n");
    Commands.assertRefused(train(parts, "--epochs", "5", "--resume"), corpus.toString());
  }

  @Test
  void wordsAndAModelWithoutAttention() throws IOException {
    Files.writeString(corpus, "un chat\tA cat\nun chien\tA dog\nle  chat noir\tThe black cat\n");
    succeeded(
        train(
            model,
            "--valid",
            corpus.toString(),
            "--level",
            "word",
            "--attention",
            "0",
            "--cell",
            "gru",
            "--one-way",
            "--epochs",
            "60"));
    assertThat(translate("un chat\nle chat noir\n")).isEqualTo("A cat\nThe black cat\n");
    String eval =
        Commands.output(
            with(
                new String[0],
                "seq2seq",
                "eval",
                "--model",
                model.toString(),
                "--corpus",
                corpus.toString()));
    assertThat(eval).contains("exact           100.00 % (3)", "BLEU-1 to -4    100.00  100.00");
    Commands.assertRefused(
        Commands.lm(
            "seq2seq",
            "translate",
            "--model",
            model.toString(),
            corpus.toString(),
            "--page",
            folder.resolve("page.html").toString()),
        "has no attention that could be shown");
    assertThat(Commands.output("info", model.toString()))
        .contains("a translator", "encoder.weight_ih_l0", "decoder.rnn.weight_hh_l0");
  }

  @Test
  void tasksAreWritten() {
    Path tasks = folder.resolve("tasks");
    String out =
        Commands.output(
            "seq2seq",
            "tasks",
            "--task",
            "addition",
            "--output",
            tasks.toString(),
            "--count",
            "50",
            "--held-out",
            "10");
    assertThat(out).hasLineCount(3).contains(tasks.resolve("valid.tsv").toString());
    assertThat(tasks.resolve("train.tsv")).content().hasLineCount(50);
    Commands.assertRefused(
        Commands.lm("seq2seq", "tasks", "--task", "sorting", "--output", tasks.toString()),
        "'sorting' is none of dates, reverse, addition");
    Commands.assertRefused(
        Commands.lm(
            "seq2seq",
            "tasks",
            "--task",
            "dates",
            "--output",
            tasks.toString(),
            "--count",
            "200000"),
        "at most 100,000 pairs");
  }

  @Test
  void aHeaderIsNotLearned() throws IOException {
    String rows = Files.readString(corpus);
    succeeded(train(folder.resolve("plain"), "--epochs", "1"));
    Files.writeString(corpus, "source\ttarget\n" + rows + "\n");
    Commands.Outcome trained = train(model, "--epochs", "1");
    succeeded(trained);
    assertThat(trained.err())
        .contains("note: " + corpus + ", line 1 is a header (source, target), not a pair");
    assertThat(Files.readString(model.resolve("vocab.json")))
        .isEqualTo(Files.readString(folder.resolve("plain/vocab.json")));
  }

  @Test
  void aBadLineLosesNoTranslationBeforeIt() throws IOException {
    succeeded(train(model, "--epochs", "1"));
    byte[] text = ("ab\n\n".repeat(400) + "b?").getBytes(StandardCharsets.UTF_8);
    text[text.length - 1] = (byte) 0xE9;
    Path file = Files.write(folder.resolve("bad.txt"), text);
    String page = folder.resolve("page.html").toString();
    String[] arguments = {"seq2seq", "translate", "--model", model.toString(), file.toString()};
    Commands.Outcome outcome = Commands.lm(with(new String[] {"--page", page}, arguments));
    Commands.assertRefused(outcome, "bad.txt, line 801", "UTF-8");
    assertThat(outcome.out()).hasLineCount(800);
    assertThat(folder.resolve("page.html")).exists();
    Files.writeString(file, "ab\nab\tBA\n");
    outcome = Commands.lm(with(new String[0], arguments));
    Commands.assertRefused(outcome, "bad.txt, line 2: a tab, which no source has");
    assertThat(outcome.out()).hasLineCount(1);
    Files.writeString(file, "ab\n" + "ab".repeat(5001) + "\n");
    outcome = Commands.lm(with(new String[] {"--length", "2"}, arguments));
    Commands.assertRefused(
        outcome, "bad.txt, line 2: a source of 10,002 tokens, and at most 10,000");
    assertThat(outcome.out()).hasLineCount(1);
  }

  @Test
  void badInputIsNamed() throws IOException {
    succeeded(train(model, "--epochs", "1"));
    Commands.assertRefused(train(model), "already holds a model");
    Commands.assertRefused(
        train(folder.resolve("other"), "--valid", "a", "--valid-fraction", "0.1"), "not both");
    Commands.assertRefused(
        train(folder.resolve("other"), "--level", "byte"), "'byte' is none of char, word");
    Commands.assertRefused(
        train(folder.resolve("other"), "--cell", "tree"), "'tree' is none of " + Cell.labels());
    assertThat(train(folder.resolve("short"), "--epochs", "1", "--max-length", "2").err())
        .contains("left out; up to 2 chars to up to 2 chars");
    Files.writeString(corpus, "abc\tA\n");
    Commands.assertRefused(
        train(folder.resolve("other"), "--max-length", "2", "--valid-fraction", "0"),
        "all pairs of " + corpus + " are longer than 2 tokens");
    Commands.assertRefused(
        train(folder.resolve("other"), "--valid-fraction", "0.9"), "there is none to train on");
    Files.writeString(corpus, "a\tA\nb\n");
    Commands.assertRefused(
        train(folder.resolve("other")), corpus + ", line 2: no tab between source and target");
    Commands.assertRefused(
        Commands.lm("seq2seq", "eval", "--model", model.toString(), "--corpus", corpus.toString()),
        corpus + ", line 2");
    Commands.assertRefused(
        Commands.lm("seq2seq", "translate", "--model", folder.resolve("none").toString()),
        "there is no model folder",
        "lm seq2seq train");
    Commands.assertRefused(
        Commands.lm("net", "eval", "--model", model.toString(), "--images", "a", "--labels", "b"),
        "holds a translator, not a two-layer net");
    Path vocabulary = model.resolve("vocab.json");
    Files.writeString(vocabulary, Files.readString(vocabulary).replace("<START>", "start"));
    Files.delete(model.resolve("manifest.json"));
    Commands.assertRefused(
        Commands.lm("seq2seq", "translate", "--model", model.toString()),
        vocabulary + ": the vocabulary of sentences must begin with");
    Files.writeString(model.resolve("config.json"), "{\"kind\":\"seq2seq\"}");
    Commands.assertRefused(
        Commands.lm("seq2seq", "translate", "--model", model.toString()), "config.json");
  }
}
