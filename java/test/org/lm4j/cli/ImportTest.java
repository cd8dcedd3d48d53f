package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/**
 * Weights trained elsewhere: the same loss for each token, and the same weights on the way back.
 */
class ImportTest {
  @TempDir private Path folder;

  private static String lm(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Lm.run(Lm.commandLine(new PrintWriter(out), new PrintWriter(err)), arguments);
    assertThat(code).as(err.toString()).isZero();
    return out.toString();
  }

  private static Path fixture(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(ImportTest.class.getResource("/org/lm4j/fixtures/" + name)).toURI());
  }

  private Path importModel(String name, String level, String vocabulary) throws Exception {
    Path model = folder.resolve(name);
    lm(
        "import",
        "--weights",
        fixture(name + ".safetensors").toString(),
        "--vocab",
        fixture(name + vocabulary).toString(),
        "--level",
        level,
        "--cell",
        "lstm",
        "--model",
        model.toString());
    return model;
  }

  @ParameterizedTest
  @CsvSource({
    "import-word, word, .vocab, reference, 1e-9",
    "import-word, word, .vocab, cpu, 1e-4",
    "import-word-tied, word, .json, reference, 1e-9",
    "import-word-tied, word, .json, cpu, 1e-4",
    "import-char, char, .json, reference, 1e-9",
    "import-char, char, .json, cpu, 1e-4",
    "import-char-tied, char, .json, reference, 1e-9",
    "import-char-tied, char, .json, cpu, 1e-4"
  })
  void givesPyTorchsLossForEachToken(
      String name, String level, String vocabulary, String device, double tolerance)
      throws Exception {
    Path model = importModel(name, level, vocabulary);
    Path table = folder.resolve("losses.tsv");
    lm(
        "eval",
        "--model",
        model.toString(),
        "--corpus",
        fixture(name + ".txt").toString(),
        "--per-token",
        table.toString(),
        "--device",
        device);
    List<String> lines = Files.readAllLines(table);
    assertThat(lines.get(0)).isEqualTo("index\ttoken\tnll");
    try (SafetensorsFile file = SafetensorsFile.open(fixture(name + ".losses.safetensors"))) {
      Tensor losses = file.tensor("losses");
      assertThat(lines).hasSize((int) losses.size() + 1);
      for (int i = 0; i < losses.size(); i++) {
        List<String> cells = List.of(lines.get(i + 1).split("\t", -1));
        assertThat(cells).hasSize(3);
        assertThat(cells.get(0)).isEqualTo(Integer.toString(i + 1));
        assertThat(Math.abs(Double.parseDouble(cells.get(2)) - losses.get(i)))
            .as("line %d: %s, PyTorch %.15g", i + 2, lines.get(i + 1), losses.get(i))
            .isLessThanOrEqualTo(tolerance);
        assertThat(cells.get(2).replaceAll("[^0-9]", "")).hasSizeGreaterThanOrEqualTo(12);
      }
    }
  }

  @Test
  void exportsWhatItImported() throws Exception {
    Path model = importModel("import-word-tied", "word", ".json");
    Path back = folder.resolve("back.safetensors");
    lm("export", "--model", model.toString(), "--to", back.toString());
    try (SafetensorsFile there = SafetensorsFile.open(fixture("import-word-tied.safetensors"));
        SafetensorsFile here = SafetensorsFile.open(back)) {
      assertThat(here.names()).containsExactlyInAnyOrderElementsOf(there.names());
      for (String name : there.names()) {
        double[] expected = there.tensor(name).toArray();
        double[] own = here.tensor(name).toArray();
        for (int i = 0; i < expected.length; i++) {
          assertThat(own[i]).as(name).isEqualTo((float) expected[i]);
        }
      }
    }
  }

  @Test
  void importsWhatItExportedWithItsOwnVocabulary() throws Exception {
    Path model = importModel("import-char", "char", ".json");
    Path weights = folder.resolve("weights.safetensors");
    lm("export", "--model", model.toString(), "--to", weights.toString());
    Path again = folder.resolve("again");
    lm(
        "import",
        "--weights",
        weights.toString(),
        "--vocab",
        model.resolve("vocab.json").toString(),
        "--level",
        "char",
        "--cell",
        "lstm",
        "--model",
        again.toString());
    for (String file : List.of("vocab.json", "config.json")) {
      assertThat(again.resolve(file)).hasSameTextualContentAs(model.resolve(file));
    }
  }

  /** Float32 is stored as float32; float64 that float32 would round stays as it is. */
  @Test
  void storesWhatTheFileHolds() throws Exception {
    Path model = importModel("import-char", "char", ".json");
    assertThat(Files.readString(model.resolve("model.safetensors"), ISO_8859_1)).contains("F64");
    Path weights = folder.resolve("weights.safetensors");
    lm("export", "--model", model.toString(), "--to", weights.toString());
    Path again = folder.resolve("again");
    List<String> command =
        List.of("import", "--vocab", model.resolve("vocab.json").toString(), "--level", "char");
    List<String> rest =
        List.of("--cell", "lstm", "--weights", weights.toString(), "--model", again.toString());
    lm(Stream.concat(command.stream(), rest.stream()).toArray(String[]::new));
    try (SafetensorsFile exported = SafetensorsFile.open(weights);
        SafetensorsFile stored = SafetensorsFile.open(again.resolve("model.safetensors"))) {
      for (String name : stored.names()) {
        assertThat(stored.tensor(name).dtype()).isEqualTo(DType.F32);
        assertThat(stored.tensor(name).toArray()).isEqualTo(exported.tensor(name).toArray());
      }
    }
  }

  @Test
  void countsWhatEvalDividesBy() throws Exception {
    Path model = importModel("import-word", "word", ".vocab");
    // 6 + 1 words and line ends, the first no target; "bird" is unknown.
    Path text = Files.writeString(folder.resolve("text.txt"), "the cat sat on the bird\n");
    String json =
        lm(
            "eval",
            "--model",
            model.toString(),
            "--corpus",
            text.toString(),
            "--json",
            "--device",
            "reference");
    assertThat(json).contains("\"tokens\":6", "\"oov_tokens\":1", "\"oov_rate\":0.16666");
    // "cat sat on the bird\n" is 20 characters.
    double loss = number(json, "loss");
    assertThat(number(json, "perplexity")).isCloseTo(Math.exp(loss), within(1e-9));
    assertThat(number(json, "characters")).isEqualTo(20);
    assertThat(json).contains("\"bits_per_char\":null", "\"bits_per_byte\":null");
    assertThat(number(json, "perplexity_excluding_oov")).isNotEqualTo(Math.exp(loss));
  }

  private static double number(String json, String key) {
    int at = json.indexOf("\"" + key + "\":") + key.length() + 3;
    return Double.parseDouble(json.substring(at).split("[,}]", 2)[0]);
  }
}
