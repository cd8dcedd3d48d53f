package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.Need;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.io.Json;
import org.lm4j.verify.DeviceTrials;
import tools.jackson.databind.JsonNode;

@Tag("slow")
class DeepCheckTest {
  @TempDir Path folder;
  private final StringWriter written = new StringWriter();

  @AfterEach
  void forget() {
    System.clearProperty("lm4j.cuda.libs");
  }

  /** Every trial's process is a shell's, which does {@code special} at one of them. */
  private int run(String trial, String special) {
    Need.SHELL.executable("/bin/sh");
    String ok = "echo a library says this; echo '{\"state\":\"OK\",\"found\":\"fine\"}'";
    List<Integer> kept = new ArrayList<>();
    DeepCheck check =
        new DeepCheck(
            name -> {
              if (!name.equals("driver")) { // the file holds what came before
                kept.add(Json.readTree(folder.resolve("deep.json")).get("trials").size());
              }
              return new ProcessBuilder("/bin/sh", "-c", name.equals(trial) ? special : ok);
            },
            2,
            new PrintWriter(written, true),
            folder.resolve("deep.json"));
    int failures = check.run(DeviceTrials.names());
    assertThat(kept).isSorted();
    JsonNode report = Json.readTree(folder.resolve("deep.json"));
    assertThat(report.get("failures").asInt()).isEqualTo(failures);
    assertThat(report.get("trials").size()).isEqualTo(DeviceTrials.names().size());
    for (String name : DeviceTrials.names()) {
      assertThat(written.toString())
          .containsPattern("(?m)^" + name + " +(ok|-|FAILED|not reached)");
    }
    return failures;
  }

  private String row(String trial) {
    return written
        .toString()
        .lines()
        .filter(line -> line.startsWith(trial + " "))
        .findFirst()
        .get();
  }

  @Test
  void everyWorkingPartIsReportedInOneLine() {
    assertThat(run("none", "")).isZero();
    assertThat(written.toString()).endsWith("nothing failed" + System.lineSeparator());
    assertThat(row("cuDNN")).matches("cuDNN +ok +\\d+ ms  fine");
  }

  @Test
  void aCrashedTrialFailsAndThoseThatDependOnItAreNotReached() {
    assertThat(run("cuDNN weights", "echo 'a word before' >&2; kill -SEGV $$")).isEqualTo(1);
    assertThat(row("cuDNN weights")).contains("FAILED", "the process ended with code ");
    assertThat(row("RNN forward")).contains("not reached", "builds on cuDNN weights");
    assertThat(row("60 steps, direct and replayed")).contains("not reached");
    assertThat(row("cuBLAS graph")).contains(" ok ");
    assertThat(Json.readTree(folder.resolve("deep.json")).toString()).contains("a word before");
  }

  @Test
  void aProcessThatHangsIsEnded() {
    assertThat(run("RNN bf16", "sleep 300 & wait")).isEqualTo(1);
    assertThat(row("RNN bf16")).contains("FAILED", "was ended after 2 s");
    assertThat(row("60 steps, direct and replayed")).contains(" ok ");
  }

  @Test
  void anAnswerThatIsNoneIsAFailure() {
    assertThat(run("RNN bf16", "echo '{broken'")).isEqualTo(1);
    assertThat(row("RNN bf16")).contains("FAILED", "the answer of a trial");
  }

  @Test
  void anUnsupportedFeatureIsNotAFailure() {
    assertThat(run("cuBLAS tf32", "echo '{\"state\":\"ABSENT\",\"found\":\"none\"}'")).isZero();
    assertThat(row("RNN tf32")).contains("not reached", "builds on cuBLAS tf32");
  }

  @Test
  void aFailedCallIsReportedWithItsParts() {
    CudaOnFakes.reset();
    System.setProperty("lm4j.cuda.libs", CudaOnFakes.folder().toString());
    CudaOnFakes.fail("cuModuleLoadData", 0, 221);
    DeepCheck.Answer answer = DeepCheck.here("kernels");
    assertThat(answer.state()).isEqualTo(DeepCheck.State.FAILED);
    assertThat(answer.function()).isEqualTo("cuModuleLoadData");
    assertThat(answer.status()).isEqualTo(221);
    assertThat(answer.text()).isEqualTo("PTX JIT compiler library not found");
    assertThat(answer.remedy()).contains("libnvidia-ptxjitcompiler.so.1");
    assertThat(answer.found()).contains("CUDA_ERROR_JIT_COMPILER_NOT_FOUND");
  }

  private String withOrder(String trial, String order, int limitSeconds) {
    System.setProperty("lm4j.cuda.libs", CudaOnFakes.folder().toString());
    DeepCheck check =
        new DeepCheck(
            name -> {
              ProcessBuilder builder = DeepCheck.again(name);
              builder.environment().put("FAKE_ORDER", order);
              return builder;
            },
            limitSeconds,
            new PrintWriter(written, true),
            folder.resolve("deep.json"));
    assertThat(check.run(List.of(trial))).isEqualTo(1);
    assertThat(Json.readTree(folder.resolve("deep.json")).get("failures").asInt()).isEqualTo(1);
    return row(trial);
  }

  @Test
  void aCrashInALibraryNamesIt() {
    assertThat(withOrder("stream", "cuEventRecord:crash", 60))
        .contains("FAILED", "no answer: SIGSEGV in [libcuda.so.1+0x");
    assertThat(Path.of("").toAbsolutePath().toFile().list((at, name) -> name.startsWith("hs_err")))
        .isEmpty();
  }

  @Test
  void whatCudnnLogsIsShown() {
    String answer = "{\"state\":\"FAILED\",\"found\":\"refused\",\"function\":\"cudnnRNNForward\"}";
    String log = "i! Time: now\nReason: hiddenSize > 192\nReason: hiddenSize > 192\n";
    assertThat(run("cuDNN weights", "printf '" + log + "' >&2; echo '" + answer + "'"))
        .isEqualTo(1);
    assertThat(row("cuDNN weights")).endsWith("refused; hiddenSize > 192");
  }

  @Test
  void aCallThatHangsIsNamed() {
    assertThat(withOrder("driver", "cuInit:hang", 10))
        .contains("FAILED", "was ended after 10 s, in CudaDriver.initialize");
  }

  @ParameterizedTest
  @CsvSource({
    "stream, cuStreamCreate:kill, code 137 (signal 9) and no answer",
    "stream, cuStreamCreate:exit, code 3 and no answer",
    "cuBLAS fp32, cublasGemmEx:15, cublasGemmEx() failed with status 15",
    "cuDNN, cudnnCreate:1001, cudnnCreate() failed with status 1001",
  })
  void anOrderToFailIsObeyedByAProcess(String trial, String order, String said) {
    assertThat(withOrder(trial, order, 60)).contains("FAILED", said);
  }

  @Test
  void aTrialIsThisProgramAgain() throws Exception {
    System.setProperty("lm4j.cuda.libs", CudaOnFakes.folder().toString());
    ProcessBuilder builder = DeepCheck.again("cuBLAS graph");
    assertThat(builder.environment()).containsKeys("CUDNN_LOGLEVEL_DBG", "CUDNN_LOGDEST_DBG");
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said).contains("\"state\":\"OK\"", "replayed to the same bits");
    assertThat(process.waitFor()).isZero();
  }
}
