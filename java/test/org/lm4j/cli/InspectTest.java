package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

class InspectTest {
  private static final String TEXT =
      "the cat sat on the mat and the dog sat on the log\n".repeat(9);

  @TempDir private Path folder;

  private static String[] command(String... more) {
    List<String> all = new ArrayList<>(List.of("inspect", "--gradients", "--device", "reference"));
    all.addAll(List.of("--windows", "4"));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  /**
   * The cells of the row that begins with {@code first}, in the table of {@code number}, from 0.
   */
  private static List<String> row(String printed, int number, String first) {
    List<String> found =
        printed.lines().map(String::strip).filter(line -> line.startsWith(first + " ")).toList();
    return Arrays.asList(found.get(number).split("  +", -1));
  }

  private static double value(List<String> row, int column) {
    return Double.parseDouble(row.get(column).replace(",", ""));
  }

  private String page(String... arguments) throws Exception {
    Path file = folder.resolve("page.html");
    output(command(arguments));
    String html = Files.readString(file);
    DocumentBuilderFactory.newDefaultInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(html)));
    return html;
  }

  @Test
  void byDefaultThreeCellsVanishAndALargeRnnExplodesAndIsClipped() {
    String printed = output(command("--hidden", "32"));
    assertThat(row(printed, 0, "distance"))
        .containsExactly("distance", "rnn", "lstm", "lstm cell", "gru", "rnn ×3");
    assertThat(row(printed, 0, "0")).containsExactly("0", "1", "1", "–", "1", "1");
    List<String> last = row(printed, 0, "99");
    for (int column = 1; column <= 4; column++) {
      assertThat(value(last, column)).as("column " + column).isPositive().isLessThan(1e-9);
    }
    assertThat(value(last, 5)).isGreaterThan(2);
    assertThat(row(printed, 0, "n"))
        .containsExactly("n", "rnn", "lstm", "gru", "rnn ×3", "clipped");
    List<String> sums = row(printed, 0, "100");
    assertThat(value(sums, 4)).isGreaterThan(5);
    assertThat(value(sums, 5)).isEqualTo(5);
    assertThat(value(sums, 1)).isLessThan(5);
    assertThat(printed)
        .containsPattern("rnn     layer 1  whole \\d\\.\\d{4}\n")
        .containsPattern("lstm    layer 1  whole \\S+   i \\S+   f \\S+   g \\S+   o \\S+\n")
        .containsPattern("gru     layer 1  whole \\S+   r \\S+   z \\S+   n \\S+\n");
  }

  @Test
  void aGainMultipliesSingularValuesAndAnOpenForgetGateKeepsTheGradient() {
    String gains =
        output(command("--cell", "rnn", "--gain", "1,2.5", "--hidden", "8", "--steps", "5"));
    double[] values =
        gains
            .lines()
            .filter(line -> line.contains("whole"))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf("whole") + 6)))
            .toArray();
    assertThat(values).hasSize(2);
    assertThat(values[1] / values[0]).isBetween(2.499, 2.501);
    assertThat(row(gains, 0, "distance")).containsExactly("distance", "rnn ×1", "rnn ×2.5");
    String closed = output(command("--cell", "lstm", "--hidden", "8"));
    String open = output(command("--cell", "lstm", "--hidden", "8", "--forget-bias", "4"));
    assertThat(value(row(closed, 0, "99"), 1)).isLessThan(1e-9);
    assertThat(value(row(open, 0, "99"), 1)).isGreaterThan(1e-3);
  }

  @Test
  void eachLayerHasItsTableAndOneCanBeChosen() throws IOException {
    String all = output(command("--cell", "gru", "--layers", "3", "--hidden", "4", "--steps", "4"));
    assertThat(all).contains("\nlayer 1\n", "\nlayer 2\n", "\nlayer 3\n");
    String one =
        output(
            command(
                "--cell", "gru", "--layers", "3", "--hidden", "4", "--steps", "4", "--layer", "2"));
    assertThat(one).contains("\nlayer 2\n").doesNotContain("layer 1", "layer 3");
    assertThat(row(one, 0, "3")).isEqualTo(row(all, 1, "3"));
  }

  @Test
  void thePageShowsWhatIsPrinted() throws Exception {
    String file = folder.resolve("page.html").toString();
    String html = page("--hidden", "16", "--clip", "0.01", "--page", file);
    assertThat(html)
        .contains("<h1>Gradients through time</h1>", "4 windows of 100 steps of random tokens")
        .contains(">rnn ×3<", ">lstm cell<", ">rnn, clipped<", "norm 0.01.")
        .contains("<figcaption>Gradient of the last loss with respect to the states before it<")
        .contains("Largest singular values", ">i 1", ">z 1")
        .doesNotContain("NaN")
        .containsOnlyOnce("<script");
    String quiet = page("--hidden", "8", "--cell", "gru", "--clip", "1e9", "--page", file);
    assertThat(quiet).contains("clipping changes nothing").doesNotContain("clipped<");
    String layers = page("--cell", "gru", "--hidden", "4", "--layers", "2", "--page", file);
    assertThat(layers).contains("before it, layer 1<", "before it, layer 2<");
    String dead = page("--cell", "rnn-relu", "--hidden", "8", "--gain", "1e30", "--page", file);
    assertThat(dead).contains("There is no value to draw yet");
  }

  @Test
  void anOverflowIsSaid() {
    Commands.Outcome outcome =
        lm(command("--cell", "rnn-relu", "--gain", "1e20", "--hidden", "8", "--steps", "40"));
    assertThat(outcome.code()).isZero();
    assertThat(outcome.err()).hasLineCount(1).contains("rnn-relu ×1e20", "overflows");
    assertThat(outcome.out()).contains("per step").doesNotContain("NaN");
  }

  @Test
  void trainedModelsReadATextBesideUntrainedOnes() throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), TEXT);
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    assertThat(train(corpus, first, "--layers", "2").code()).isZero();
    assertThat(train(corpus, second, "--cell", "gru").code()).isZero();
    Map<String, byte[]> before = Commands.contents(first);
    String printed =
        output(
            command(
                "--model",
                first.toString(),
                second.toString(),
                "--corpus",
                corpus.toString(),
                "--untrained",
                "--steps",
                "12"));
    assertThat(row(printed, 0, "distance"))
        .containsExactly(
            "distance",
            "first",
            "first cell",
            "first untrained",
            "first untrained cell",
            "second",
            "second untrained");
    assertThat(row(printed, 1, "distance"))
        .containsExactly(
            "distance", "first", "first cell", "first untrained", "first untrained cell");
    assertThat(Commands.contents(first)).usingRecursiveComparison().isEqualTo(before);
    String again =
        output(
            command("--model", second.toString(), "--corpus", corpus.toString(), "--steps", "12"));
    assertThat(row(again, 0, "11").get(1)).isEqualTo(row(printed, 0, "11").get(5));
  }

  @Test
  void refusesWhatMakesNoSense() throws IOException {
    assertRefused(lm(command("--page", "x.txt")), "--page x.txt", ".html");
    assertRefused(lm(command("--corpus", "x.txt")), "--corpus", "--model");
    assertRefused(lm(command("--untrained")), "--untrained", "--model");
    assertRefused(lm(command("--cell", "rnn,elman")), "--cell", "elman");
    assertRefused(lm(command("--gain", "0")), "--gain", "above 0");
    assertRefused(lm(command("--clip", "-1")), "--clip");
    assertRefused(lm(command("--steps", "0")), "--steps");
    assertRefused(lm(command("--layer", "2")), "--layer 2", "one layer");
    assertRefused(lm(command("--gain", "1,2,3")), "9 models");
    assertRefused(lm(command("--init-range", "1e300", "--cell", "rnn")), "--init-range");
    assertRefused(lm(command("--steps", "2000000000")), "--steps");
    assertRefused(lm(command("--steps", "100000000")), "rnn", "numbers", "smaller");
    assertRefused(lm(command("--hidden", "60000")), "smaller");
    assertRefused(lm(command("--vocabulary", "0")), "--vocab-size");
  }

  @Test
  void refusesModelsAndTextsThatCannotBeRead() throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), TEXT);
    Path model = folder.resolve("model");
    assertThat(train(corpus, model).code()).isZero();
    String dir = model.toString();
    String text = corpus.toString();
    assertRefused(lm(command("--model", dir)), "--corpus");
    assertRefused(lm(command("--model", dir + "x", "--corpus", text)), "no model folder", "modelx");
    assertRefused(lm(command("--model", dir, "--corpus", text + "x")), "corpus.txtx");
    assertRefused(lm(command("--model", dir, dir + "/", "--corpus", text)), "named twice");
    assertRefused(lm(command("--model", dir, "--corpus", text, "--cell", "gru")), "--cell");
    assertRefused(lm(command("--model", dir, "--corpus", text, "--hidden", "9")), "--hidden");
    assertRefused(lm(command("--model", dir, "--corpus", text, "--gain", "2")), "--untrained");
    assertRefused(
        lm(command("--model", dir, "--corpus", text, "--steps", "500")),
        "corpus.txt",
        "450 tokens",
        "504");
    Path other = Files.writeString(folder.resolve("other.txt"), "ça ".repeat(100));
    assertThat(lm(command("--model", dir, "--corpus", other.toString())).code())
        .as("unknown characters are skipped")
        .isZero();
    Path weights = model.resolve("model.safetensors");
    Files.write(weights, Arrays.copyOf(Files.readAllBytes(weights), 100));
    assertRefused(lm(command("--model", dir, "--corpus", text)), "model.safetensors");
  }
}
