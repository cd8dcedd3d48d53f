package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.tensor.Tensor;

/** Weights that are finite, and too large to compute with: no figure and no answer. */
@Tag("slow")
class FiniteFiguresTest {
  @TempDir private Path folder;

  /** Makes every weight of a kind of a trained model as large as float32 allows. */
  private void inflate(Path model, String name) throws IOException {
    Path weights = model.resolve("model.safetensors");
    Path large = folder.resolve("large.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String each : file.names()) {
        Tensor tensor = file.tensor(each);
        for (long i = 0; each.contains(name) && i < tensor.size(); i++) {
          tensor.set(i, 3e38);
        }
        tensors.put(each, tensor);
      }
      SafetensorsWriter.write(large, tensors, file.metadata());
    }
    Files.copy(large, weights, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.deleteIfExists(model.resolve("manifest.json")); // changed on purpose
  }

  private static void assertFails(int lines, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--device", "cpu"));
    Commands.Outcome outcome = lm(all.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(ExitCodes.FAILURE);
    assertThat(outcome.err().lines().toList().getLast())
        .startsWith("lm: a ")
        .contains("not a finite number", "the reference device");
    assertThat(outcome.out()).doesNotContain("NaN", "nfinity").hasLineCount(lines);
  }

  @Test
  void ofALanguageModel() throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat\n".repeat(60));
    Path model = folder.resolve("model");
    assertThat(Commands.train(corpus, model).code()).isZero();
    inflate(model, "decoder");
    inflate(model, "rnn.weight_hh");
    Path table = folder.resolve("table.tsv");
    String[] eval = {
      "eval",
      "--model",
      model.toString(),
      "--corpus",
      corpus.toString(),
      "--json",
      "--per-token",
      table.toString()
    };
    assertFails(0, eval);
    assertThat(table).doesNotExist();
  }

  @Test
  void ofAClassifier() throws IOException {
    Path texts =
        Files.writeString(
            folder.resolve("texts.tsv"), "pos\ta good one\nneg\ta bad one\n".repeat(20));
    Path model = folder.resolve("model");
    String options = " --epochs 1 --hidden 4 --embedding 4 --device reference";
    output(("classify train --corpus " + texts + " --model " + model + options).split(" ", -1));
    inflate(model, ".weight");
    assertFails(0, "classify", "eval", "--model", model.toString(), "--corpus", texts.toString());
    Path plain = Files.writeString(folder.resolve("plain.txt"), "a good one\n");
    assertFails(1, "classify", "predict", "--model", model.toString(), plain.toString());
  }
}
