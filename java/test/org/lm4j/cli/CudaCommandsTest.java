package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.io.SafetensorsFile;

/** {@code --device cuda} from the command line, on the fake libraries. */
@Tag("slow")
class CudaCommandsTest {
  private static final String LIBRARIES = "lm4j.cuda.libs";

  /**
   * Between weights after a dozen steps of SGD on two devices, or the same steps with another one
   * for the second half; a step moves them by about 1e-2.
   */
  private static final double TOLERANCE = 1e-5;

  @TempDir private Path folder;
  private Path corpus;
  private Path model;

  @BeforeEach
  void useTheFakes() throws IOException {
    System.setProperty(LIBRARIES, CudaOnFakes.folder().toString());
    CudaOnFakes.reset();
    corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat on the mat\n".repeat(60));
    model = folder.resolve("model");
  }

  @AfterEach
  void nothingIsLeft() {
    System.clearProperty(LIBRARIES);
    assertThat(CudaOnFakes.liveAllocations()).as("device allocations").isZero();
    assertThat(CudaOnFakes.liveObjects()).as("streams, events, modules, graphs").isZero();
  }

  private String trained(Path into, String device, String more) {
    String options =
        "--optimizer sgd --learning-rate 0.5 --layers 2 --dropout 0.2 --device %s %s"
            .formatted(device, more);
    Commands.Outcome outcome = train(corpus, into, options.strip().split(" +", -1));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.err();
  }

  private String resumed(Path from, String device, int steps) {
    String command =
        "train --resume --sample 0 --model %s --device %s --steps %d"
            .formatted(from, device, steps);
    Commands.Outcome outcome = lm(command.split(" ", -1));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.err();
  }

  private static void assertSameWeights(Path one, Path other) {
    try (SafetensorsFile a = SafetensorsFile.open(one.resolve("checkpoint.safetensors"));
        SafetensorsFile b = SafetensorsFile.open(other.resolve("checkpoint.safetensors"))) {
      assertThat(a.names()).isEqualTo(b.names()).contains("model.rnn.weight_hh_l1", "state.c");
      for (String name : a.names()) {
        double[] left = a.tensor(name).toArray();
        double[] right = b.tensor(name).toArray();
        for (int i = 0; i < left.length; i++) {
          assertThat(left[i]).as("%s[%d]", name, i).isCloseTo(right[i], within(TOLERANCE));
        }
      }
    }
  }

  /** The state is reset where lines begin, carried within those longer than a window. */
  @Test
  void linesAreTrainedWithTheNumbersOfAnotherDevice() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 80; i++) {
      lines.append("the cat sat on the mat and ate".substring(0, 1 + i * 11 % 30)).append('\n');
    }
    Files.writeString(corpus, lines);
    String options = "--unit line --bptt 6 --valid-fraction 0.2 --validate-every 9 --steps 30";
    trained(model, "cuda", "--precision fp32 " + options);
    Path same = folder.resolve("same");
    trained(same, "cpu", options);
    assertSameWeights(model, same);
  }

  @Test
  void aRunResumesBitForBitAndOnAnotherDeviceWithEqualNumbers() throws IOException {
    String told = trained(model, "cuda", "--precision fp32 --steps 12");
    assertThat(told).contains("device   cuda: ", "float32");
    Path resumed = folder.resolve("resumed");
    trained(resumed, "cuda", "--precision fp32 --steps 7");
    resumed(resumed, "cuda --precision fp32", 12);
    assertThat(resumed.resolve("model.safetensors"))
        .hasSameBinaryContentAs(model.resolve("model.safetensors"));
    Path moved = folder.resolve("moved");
    trained(moved, "cuda", "--precision fp32 --steps 7");
    resumed(moved, "cpu", 12);
    assertSameWeights(model, moved);
    Path back = folder.resolve("back");
    trained(back, "cpu", "--steps 7");
    resumed(back, "cuda --precision fp32", 12);
    assertSameWeights(model, back);
  }

  @Test
  void tf32IsChosenAndReportedIfTheGpuHasIt() {
    assertThat(trained(model, "cuda", "")).contains("tf32");
    assertThat(trained(folder.resolve("bf16"), "auto", "--precision bf16"))
        .contains("device   cuda: ", "bf16");
  }

  @Test
  void scoresAndGeneratesAsTheCpuDoes() throws IOException {
    trained(model, "cpu", "--steps 40");
    Path text = Files.writeString(folder.resolve("text.txt"), "the mat sat on the cat\n".repeat(9));
    String eval = "eval --model " + model + " --corpus " + text + " --device ";
    assertThat(output((eval + "cuda --precision fp32").split(" ", -1)))
        .isEqualTo(output((eval + "cpu").split(" ", -1)));
    String generate = "generate --model " + model + " --length 60 --seed 3 --device ";
    assertThat(output((generate + "cuda --precision fp32").split(" ", -1)))
        .hasSizeGreaterThan(50)
        .isEqualTo(output((generate + "cpu").split(" ", -1)));
  }

  @Test
  void aNanLossStopsTheRun() {
    String[] options =
        "--cell rnn-relu --optimizer sgd --learning-rate 1000000 --clip 0 --steps 50"
            .split(" ", -1);
    Commands.Outcome outcome = train(corpus, model, concatenated(options, "--device", "cuda"));
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(ExitCodes.FAILURE);
    assertThat(outcome.err().lines().toList().getLast())
        .contains("at step ", "checkpoint of step 0", "--resume");
    assertThat(output("info", model.toString())).contains("checkpoint   step 0");
  }

  private static String[] concatenated(String[] options, String... more) {
    String[] all = java.util.Arrays.copyOf(options, options.length + more.length);
    System.arraycopy(more, 0, all, options.length, more.length);
    return all;
  }

  @Test
  void withoutADriverASentenceSaysWhatIsMissing() throws Exception {
    Need.NO_GPU.check(!Files.exists(Path.of("/dev/nvidiactl")), "there is a GPU");
    // A separate process, because this one has the fake driver of the same name open.
    Path empty = Files.createDirectory(folder.resolve("empty"));
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Lm.class.getName(),
            "verify",
            "--device",
            "cuda");
    builder.environment().put("LM4J_CUDA_LIBS", empty.toString());
    Process process = builder.redirectErrorStream(true).start();
    String told =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .replace("WARNING: Using incubator modules: jdk.incubator.vector\n", "");
    assertThat(process.waitFor()).as(told).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(told).hasLineCount(1).startsWith("lm: ").contains("no NVIDIA driver", "install");
  }
}
