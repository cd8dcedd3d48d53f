package org.lm4j.parallel.mpi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.cli.Lm;
import org.lm4j.io.SafetensorsFile;

/** Two processes, each on a GPU of the fake libraries, that train one model. */
@Tag("slow")
class NcclTrainingTest {
  /** Between weights after some steps of SGD, of which each moves them by about 1e-2. */
  private static final double TOLERANCE = 1e-5;

  private static final List<String> OPTIONS =
      List.of(
          ("--hidden 8 --layers 2 --dropout 0.2 --bptt 6 --batch 5 --optimizer sgd --learning-rate 0.5"
                  + " --valid-fraction 0.2 --validate-every 4 --sample 0 --device cuda"
                  + " --precision fp32 --steps")
              .split(" ", -1));

  @TempDir private Path folder;
  private Path corpus;

  @BeforeEach
  void write() throws IOException {
    corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat on a mat\n".repeat(40));
  }

  private List<String> train(Path model, int steps) {
    List<String> command =
        new ArrayList<>(List.of("train", "--corpus", corpus + "", "--model", model + ""));
    command.addAll(OPTIONS);
    command.add(steps + "");
    return command;
  }

  private static List<String> job(List<String> train) throws IOException, InterruptedException {
    return MpiJobs.command(MpiJobs.starter(), 2, Lm.class, train.toArray(String[]::new));
  }

  private static String run(int code, List<String> command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LM4J_CUDA_LIBS", CudaOnFakes.folder().toString());
    builder.environment().put("FAKE_DEVICES", "2");
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(printed).isEqualTo(code);
    return printed;
  }

  @Test
  void twoGpusTrainWhatOneDoes() throws Exception {
    Path shared = folder.resolve("shared");
    assertThat(run(0, job(train(shared, 8))))
        .containsPattern("ranks    2 processes, .*, gradients by NCCL 2.30.7\n");
    Path alone = folder.resolve("alone");
    System.setProperty("lm4j.cuda.libs", CudaOnFakes.folder().toString());
    try {
      PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
      String[] train = train(alone, 8).toArray(String[]::new);
      assertThat(Lm.commandLine(nowhere, nowhere).execute(train)).isZero();
    } finally {
      System.clearProperty("lm4j.cuda.libs");
    }
    assertSameNumbers(shared.resolve("checkpoint.safetensors"), alone);
  }

  private static void assertSameNumbers(Path checkpoint, Path alone) {
    try (SafetensorsFile a = SafetensorsFile.open(checkpoint);
        SafetensorsFile b = SafetensorsFile.open(alone.resolve("checkpoint.safetensors"))) {
      assertThat(a.names()).isEqualTo(b.names()).contains("model.rnn.weight_hh_l0", "state.c");
      for (String name : a.names()) {
        double[] left = a.tensor(name).toArray();
        double[] right = b.tensor(name).toArray();
        for (int i = 0; i < left.length; i++) {
          assertThat(left[i]).as("%s[%d]", name, i).isCloseTo(right[i], within(TOLERANCE));
        }
      }
    }
  }

  /** The other process waits for it in a sum; it does not hang. */
  @Test
  void aSumThatFailsInOneProcessEndsTheJobWithOneSentence() throws Exception {
    Path model = folder.resolve("model");
    List<String> command = job(train(model, 8));
    int java = command.indexOf(command.stream().filter(s -> s.endsWith("java")).findFirst().get());
    List<String> two = new ArrayList<>(command.subList(0, java));
    two.set(two.indexOf("2"), "1");
    two.addAll(command.subList(java, command.size()));
    two.addAll(List.of(":", "-n", "1", "env", "FAKE_ORDER=ncclAllReduce:2:5"));
    two.addAll(command.subList(java, command.size()));
    assertThat(run(1, two).lines().filter(line -> line.startsWith("lm: ")))
        .singleElement()
        .asString()
        .startsWith("lm: process 1: ncclAllReduce() failed with status 2, ncclSystemError: ");
    try (SafetensorsFile kept = SafetensorsFile.open(model.resolve("checkpoint.safetensors"))) {
      assertThat(kept.names()).isNotEmpty();
    }
  }
}
