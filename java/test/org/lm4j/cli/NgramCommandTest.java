package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lm ngram}, and what other commands do with an n-gram model. */
class NgramCommandTest {
  @TempDir private Path folder;
  private Path text = Path.of("");
  private Path model = Path.of("");

  @BeforeEach
  void write() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      lines.append("the cat sat on the ").append(i % 3 == 0 ? "mat" : "log").append('\n');
      lines.append("a dog ").append(i % 7 == 0 ? "saw" : "heard").append(" the cat\n");
    }
    text = Files.writeString(folder.resolve("text"), lines);
    model = folder.resolve("model");
  }

  private String train(Path into, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("ngram", "train", "--corpus", text.toString(), "--model", into.toString()));
    arguments.addAll(List.of(more));
    return output(arguments.toArray(String[]::new));
  }

  @Test
  void aModelIsTrainedAndDescribed() {
    assertThat(train(model, "--order", "3"))
        .contains(": 520 tokens counted, 12 in the vocabulary")
        .contains("not estimated: no n-gram has some of these counts")
        .containsPattern("     1 +12  ")
        .containsPattern("     3 +\\d+  ");
    assertThat(output("info", model.toString())).containsPattern("pruned +none");
    assertThat(output("info", model.toString()))
        .contains("model        an n-gram model")
        .containsPattern("order +3")
        .containsPattern("smoothing +interpolated modified Kneser-Ney")
        .containsPattern("n-grams +length +count\n +1 +12\n");
    assertThat(output("info", model.toString(), "--json")).contains("\"kind\":\"ngram\"");
    assertRefused(
        lm("ngram", "train", "--corpus", text.toString(), "--model", model.toString()),
        "already holds a model; give --force");
    train(model, "--force", "--order", "2");
    assertThat(model.resolve("train.tokens")).doesNotExist();
  }

  @Test
  void aTextIsEvaluatedAsSrilmAndKenlmDo() throws IOException {
    train(model);
    Path other = Files.writeString(folder.resolve("other"), "the cat sat\nthe fox heard\n\n");
    String json =
        output(
            "ngram", "eval", "--model", model.toString(), "--corpus", other.toString(), "--json");
    assertThat(json)
        .contains("\"targets\":9", "\"line_ends\":3", "\"oov\":1", "\"perplexity_excluding_oov\":");
    assertThat(output("ngram", "eval", "--model", model.toString(), "--corpus", other.toString()))
        .containsPattern("targets +9\n")
        .containsPattern("out of vocabulary +1 \\(11.11 %\\)")
        .contains("length of n-gram  targets");
  }

  @Test
  void otherCommandsTakeTheFolder() throws IOException {
    train(model);
    Path lines = Files.writeString(folder.resolve("lines"), "the cat sat\n\na fox\n");
    assertThat(
            output(
                "score",
                "--model",
                model.toString(),
                lines.toString(),
                "--per",
                "token",
                "--columns",
                "line,text,surprisal,rank,entropy,oov",
                "--device",
                "reference"))
        .hasLineCount(9)
        .containsPattern("1\tthe\t1\\.0")
        .containsPattern("3\tfox\t.*\t1\n");
    String generated =
        output(
            "generate",
            "--model",
            model.toString(),
            "--length",
            "40",
            "--seed",
            "4",
            "--device",
            "reference");
    assertThat(generated).containsPattern("cat|dog").hasLineCount(1); // one sentence
    String evaluated =
        output("eval", "--model", model.toString(), "--corpus", text.toString(), "--json");
    String own =
        output("ngram", "eval", "--model", model.toString(), "--corpus", text.toString(), "--json");
    assertThat(evaluated).contains("\"unit\":\"line\"", "\"tokens\":520");
    assertThat(figure(evaluated, "loss")).isCloseTo(figure(own, "loss"), within(1e-12));
  }

  private static double figure(String json, String name) {
    Matcher figure = Pattern.compile("\"" + name + "\":([0-9.]+)").matcher(json);
    assertThat(figure.find()).as(json).isTrue();
    return Double.parseDouble(figure.group(1));
  }

  @Test
  void anArpaFileGoesOutAndIn() throws IOException {
    train(model, "--level", "char", "--order", "4");
    Path arpa = folder.resolve("model.arpa.gz");
    assertThat(output("ngram", "export", "--model", model.toString(), "--output", arpa.toString()))
        .contains("n-grams");
    Path again = folder.resolve("again");
    assertThat(
            output(
                "ngram",
                "import",
                arpa.toString(),
                "--level",
                "char",
                "--memory",
                "1M",
                "--model",
                again.toString()))
        .contains("n-grams by length: ");
    String corpus = text.toString();
    String one = output("ngram", "eval", "--model", model.toString(), "--corpus", corpus);
    String other = output("ngram", "eval", "--model", again.toString(), "--corpus", corpus);
    assertThat(other).isEqualTo(one);
    assertRefused(
        lm("ngram", "export", "--model", model.toString(), "--output", arpa.toString()),
        "exists already; give --force");
  }

  /** Values and lengths are those that KenLM publishes for these n-grams. */
  @Test
  void lengthsOfNgramsArePrintedAsByKenlm() throws IOException {
    Path arpa =
        Files.writeString(
            folder.resolve("some.arpa"),
            """
            \\data\\
            ngram 1=7
            ngram 2=4
            ngram 3=3

            \\1-grams:
            -1.995635 <unk>
            -99 <s> -0.4149733
            -1.029493 </s>
            -1.285941 looking -0.4771212
            -1.509559 on -0.4771212
            -1.285941 a -0.69897
            -1.139057 . -0.845098

            \\2-grams:
            -0.4846522 <s> looking -0.4771214
            -0.4638903 looking on -0.4771212
            -0.1649931 on a -0.4771213
            -0.0602359 . </s>

            \\3-grams:
            -0.3488368 <s> looking on
            -0.04835128 looking on a
            -0.7 on a .

            \\end\\
            """);
    output("ngram", "import", arpa.toString(), "--model", model.toString());
    Path lines = Files.writeString(folder.resolve("lines"), "looking on a .\nthe a\n");
    assertThat(
            output(
                "score",
                "--model",
                model.toString(),
                lines.toString(),
                "--preset",
                "kenlm",
                "--device",
                "reference"))
        .containsPattern("looking=3 2 -0.4846522\\S*\ton=4 3 -0.34883\\S*\ta=5 3 -0.048351\\S*\t")
        .containsPattern("\\.=6 3 -0.70*\\S*\t</s>=2 2 -0.060235")
        .containsPattern("the=0 1 -2.41060\\S*\ta=5 1 -1.28594\\S*\t</s>=2 1 -1.72846");
  }

  @Test
  void theVocabularyOfAnotherModelIsUsed() {
    Path neural = folder.resolve("neural");
    assertThat(Commands.train(text, neural, "--level", "word").code()).isZero();
    train(model, "--vocab-from", neural.toString(), "--unit", "stream");
    assertThat(model.resolve("vocab.json")).hasSameBinaryContentAs(neural.resolve("vocab.json"));
    assertThat(output("info", model.toString())).containsPattern("unit +stream");
    assertRefused(
        lm(
            "ngram",
            "train",
            "--corpus",
            text.toString(),
            "--vocab-from",
            neural.toString(),
            "--level",
            "word",
            "--model",
            folder.resolve("third").toString()),
        "leave out --level");
  }

  @Test
  void whatCannotBeIsRefused() throws IOException {
    String corpus = text.toString();
    String into = model.toString();
    assertRefused(
        lm("ngram", "train", "--corpus", corpus, "--model", into, "--order", "17"),
        "the order is from 1 to 16, not 17");
    assertRefused(
        lm("ngram", "train", "--corpus", corpus, "--model", into, "--prune", "0,2,1"),
        "do not decrease");
    assertRefused(
        lm("ngram", "train", "--corpus", corpus, "--model", into, "--memory", "12"),
        "is not a size of memory, such as 800M or 2G");
    Path oneLine = Files.writeString(folder.resolve("one"), "abc");
    assertRefused(
        lm("ngram", "train", "--corpus", oneLine.toString(), "--level", "char", "--model", into),
        "the vocabulary has no line end",
        "use --unit stream");
    assertThat(model).doesNotExist();
    assertRefused(
        lm("ngram", "import", corpus, "--model", into), "is no ARPA file: it has no line \\data\\");
    train(model);
    assertRefused(
        lm("export", "--model", into, "--output", folder.resolve("p.safetensors").toString()),
        "holds an n-gram model, not a language model");
    assertRefused(
        lm("ngram", "eval", "--model", folder.resolve("none").toString(), "--corpus", corpus),
        "there is no model folder");
    byte[] bytes = Files.readAllBytes(model.resolve("model.safetensors"));
    bytes[bytes.length / 2]++;
    Files.write(model.resolve("model.safetensors"), bytes);
    assertRefused(
        lm("ngram", "eval", "--model", into, "--corpus", corpus),
        "model.safetensors is damaged",
        "checksum");
  }

  @Test
  void emptyAndShortTextsAreCounted() throws IOException {
    Files.write(text, new byte[0]);
    assertRefused(
        lm("ngram", "train", "--corpus", text.toString(), "--model", model.toString()),
        "The text is empty");
    Files.writeString(text, "one", StandardCharsets.UTF_8);
    assertThat(train(model, "--order", "6")).contains("2 tokens counted");
    Files.writeString(text, "\n\n\n", StandardCharsets.UTF_8);
    assertThat(train(folder.resolve("blank"))).contains("3 tokens counted");
  }
}
