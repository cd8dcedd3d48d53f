package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.io.numpy.NpzFile;
import org.lm4j.task.inspect.Activations;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.text.EncodedText;

/** {@code lm inspect --activations}, against the library. */
class InspectActivationsTest {
  private static final String TEXT = "a (\"b\")\n  <script> ש\n";

  @TempDir private static Path folder;
  private static Path model;
  private static Path file;

  @BeforeAll
  static void trainOne() throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), TEXT.repeat(20));
    model = folder.resolve("model");
    assertThat(train(corpus, model).code()).isZero();
    file = Files.writeString(folder.resolve("text.txt"), TEXT);
  }

  @Test
  void theTableHasAColumnPerUnitAndARowPerToken() throws IOException {
    String[] call = {
      "inspect",
      "--activations",
      "--model",
      model.toString(),
      "--corpus",
      file.toString(),
      "--device",
      "reference",
      "--tsv",
      "-",
      "--values",
      "c,f"
    };
    List<String> lines = output(call).lines().toList();
    List<String> names = List.of(lines.getFirst().split("\t", -1));
    try (Backend backend = new ReferenceBackend();
        LanguageModel loaded = LanguageModel.load(model, backend)) {
      EncodedText text = EncodedText.of(loaded.vocabulary(), TEXT);
      try (Activations found = Activations.of(loaded.network(), text, 100)) {
        assertThat(lines).hasSize(found.steps() + 1);
        assertThat(names).hasSize(2 + 2 * found.layers() * found.units()).contains("f.1.2");
        String[] cells = lines.get(8).split("\t", -1);
        assertThat(cells).startsWith("8", "\\n");
        assertThat(Double.parseDouble(cells[names.indexOf("f.1.2")]))
            .isCloseTo(found.value("f", 0, 7, 1), within(1e-15));
      }
    }
  }

  @Test
  void aSummaryAnArchiveAndAPage() throws IOException {
    Path page = folder.resolve("units.html");
    Path archive = folder.resolve("states.npz");
    Commands.Outcome outcome =
        lm(
            "inspect",
            "--activations",
            "--model",
            model.toString(),
            "--text",
            "a (b)\\n(a",
            "--page",
            page.toString(),
            "--npz",
            archive.toString(),
            "--tokens",
            "7");
    assertThat(outcome.err())
        .contains("the first 7 tokens", "the archive is in", "the page is in")
        .hasLineCount(3);
    assertThat(outcome.out())
        .contains("by their correlation r (tanh(c))", "\ndepth of brackets", "\nf         1")
        .containsPattern("\ndigit +–\n");
    try (NpzFile read = NpzFile.open(archive)) {
      assertThat(read.texts("tokens")).containsExactly("a", " ", "(", "b", ")", "\n", "(");
    }
    assertThat(Files.readString(page))
        .contains("↵", "fraction above 0.9", "Gate f", "depth of brackets")
        .containsOnlyOnce("<script");
  }

  @Test
  void nothingInTheTextActsOnThePage() throws IOException {
    Path page = folder.resolve("odd.html");
    lm(
        "inspect",
        "--activations",
        "--model",
        model.toString(),
        "--corpus",
        file.toString(),
        "--page",
        page.toString());
    assertThat(Files.readString(page)).containsOnlyOnce("<script").contains("ש", "dir=\"auto\"");
  }

  @Test
  void whatCannotBeIsRefused() {
    String[] call = {"inspect", "--activations", "--model", model.toString()};
    assertRefused(lm(call), "--corpus PATH or --text TEXT");
    assertRefused(lm("inspect", "--activations", "--text", "a"), "give --model DIR");
    assertRefused(lm("inspect", "--npz", "x.npz"), "--npz goes with --activations");
    assertRefused(
        lm("inspect", "--activations", "--model", model.toString(), "--text", "a", "--clip", "1"),
        "--clip does not go with --activations");
    assertRefused(
        lm(
            "inspect",
            "--activations",
            "--model",
            model.toString(),
            "--text",
            "a",
            "--tsv",
            "-",
            "--values",
            "z"),
        "no value 'z'; it has h, c, i, f, g, o");
    assertRefused(
        lm("inspect", "--activations", "--model", model.toString(), "--text", ""), "no token");
  }
}
