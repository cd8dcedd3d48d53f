package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.cli.frame.ExitCodes;

/** A cell that backends know by its equations alone, through the commands. */
@Tag("slow")
class MinGruTest {
  private static final String TEXT = "round and round the garden like a teddy bear\n".repeat(60);

  @TempDir Path folder;
  private Path text;
  private Path model;

  @BeforeEach
  void write() throws Exception {
    text = Files.writeString(folder.resolve("text"), TEXT);
    model = folder.resolve("model");
  }

  private Commands.Outcome trained(String device, int steps) {
    return train(
        text,
        model,
        ("--cell mingru --level char --hidden 32 --batch 8 --bptt 20 --learning-rate 0.005"
                + " --seed 3 --layers 2 --device %s --steps %d")
            .formatted(device, steps)
            .split(" "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void itLearnsALineOnEachDevice(String device) {
    assertThat(trained(device, 60).err()).doesNotContain("lm: ");
    String score =
        output("eval", "--model", model.toString(), "--corpus", text.toString(), "--json");
    double loss = Double.parseDouble(score.replaceAll("(?s).*\"loss\": ?([0-9.]+).*", "$1"));
    assertThat(loss).as("nats per character; 2.83 is no knowledge at all").isLessThan(1.3);
    assertThat(output("generate", "--model", model.toString(), "--greedy", "--length", "30"))
        .contains("round");
  }

  @Test
  void aRunIsResumedToTheSameBits() throws Exception {
    assertThat(trained("cpu", 15).err()).doesNotContain("lm: ");
    byte[] whole = Files.readAllBytes(model.resolve("model.safetensors"));
    model = folder.resolve("resumed");
    assertThat(trained("cpu", 8).code()).isEqualTo(ExitCodes.OK);
    assertThat(
            lm(
                    "train",
                    "--corpus",
                    text.toString(),
                    "--model",
                    model.toString(),
                    "--resume",
                    "--steps",
                    "15")
                .code())
        .isEqualTo(ExitCodes.OK);
    assertThat(Files.readAllBytes(model.resolve("model.safetensors"))).isEqualTo(whole);
  }

  @Test
  void infoShowsThatThereAreNoRecurrentWeights() {
    trained("cpu", 1);
    assertThat(output("info", model.toString()))
        .contains("mingru", "rnn.weight_ih_l0")
        .doesNotContain("weight_hh", "bias_hh");
  }

  @Test
  void pyTorchHasNoSuchLayer() {
    trained("cpu", 1);
    assertRefused(
        lm(
            "export",
            "--model",
            model.toString(),
            "--to",
            folder.resolve("x.safetensors").toString()),
        "PyTorch has no layer for the cell mingru");
  }

  @Test
  void recurrentWeightsThatAreNotThereCannotBeDropped() {
    assertRefused(
        train(text, model, "--cell", "mingru", "--weight-dropout", "0.3", "--steps", "1"),
        "dropout of recurrent weights needs some, but the cell mingru has none");
  }
}
