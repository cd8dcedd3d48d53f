package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.Need;

/**
 * OpenBLAS is at work: it computes every product of a training step under {@code openblas}, the
 * large ones under {@code auto}, none under {@code java}, and all three give the same loss and
 * gradients.
 */
@Tag("slow")
class BlasAtWorkTest {
  /** One in each of two layers forward and one backward, at each of 16 steps. */
  private static final int RECURRENT = 2 * 2 * 16;

  /**
   * Three products of the output layer, and three gradients of each of two layers: input weights,
   * recurrent weights, input. Projections may be computed in chunks too small for OpenBLAS.
   */
  private static final int LARGE = 3 + 2 * 3;

  private record Step(int calls, double loss, double norm) {}

  private record Steps(Step java, Step openblas, Step auto) {}

  @Test
  void largeProductsAreOpenBlasOnAvx2() throws IOException, InterruptedException {
    String output = run(List.of("-XX:UseAVX=2"), "Haswell");
    Need.VECTORS.check(output.startsWith("8 lanes"), "this processor has no vectors of 8 floats");
    assertThat(output).startsWith("8 lanes, core Haswell");
    Steps steps = steps(output);
    check(steps);
    assertThat(steps.auto.calls).isBetween(LARGE, steps.openblas.calls - RECURRENT);
  }

  @Test
  void largeProductsAreOpenBlasOnAvx512WithKernelsForIt() throws IOException, InterruptedException {
    String output = run(List.of("-Dlm4j.code=off"), "SkylakeX");
    Need.VECTORS.check(output.startsWith("16 lanes"), "this processor has no vectors of 16 floats");
    Steps steps = steps(output);
    check(steps);
    assertThat(steps.auto.calls).isBetween(LARGE, steps.openblas.calls - RECURRENT);
  }

  /** Kernels for shorter vectors than the processor has would be slower than Java's. */
  @Test
  void nothingIsOpenBlasOnAvx512WithKernelsForAvx2() throws IOException, InterruptedException {
    String output = run(List.of("-Dlm4j.code=off"), "Haswell");
    Need.VECTORS.check(output.startsWith("16 lanes"), "this processor has no vectors of 16 floats");
    Steps steps = steps(output);
    check(steps);
    assertThat(steps.auto.calls).isZero();
  }

  /** Machine code is at least as fast as OpenBLAS there. */
  @Test
  void nothingIsOpenBlasBesideMachineCodeForAvx512() throws IOException, InterruptedException {
    String output = run(List.of(), "SkylakeX");
    Need.VECTORS.check(output.startsWith("16 lanes"), "this processor has no vectors of 16 floats");
    Need.VECTORS.check(output.contains("machine code"), "no machine code can be run here");
    Steps steps = steps(output);
    check(steps);
    assertThat(steps.auto.calls).isZero();
  }

  private static void check(Steps steps) {
    Step java = steps.java;
    Step openblas = steps.openblas;
    assertThat(java.calls).isZero();
    // Two projections besides, and more calls where gradients are computed in chunks of steps.
    assertThat(openblas.calls).isGreaterThanOrEqualTo(RECURRENT + LARGE + 2);
    for (Step other : List.of(openblas, steps.auto)) {
      assertThat(other.loss).isCloseTo(java.loss, within(1e-6 * java.loss));
      assertThat(other.norm).isCloseTo(java.norm, within(1e-5 * java.norm));
    }
  }

  private static Steps steps(String output) {
    return new Steps(step(output, "java"), step(output, "openblas"), step(output, "auto"));
  }

  private static Step step(String output, String engine) {
    Pattern line = Pattern.compile("(?m)^" + engine + " calls (\\d+) loss (\\S+) norm (\\S+)$");
    Matcher matcher = line.matcher(output);
    assertThat(matcher.find()).as(output).isTrue();
    return new Step(
        Integer.parseInt(matcher.group(1)),
        Double.parseDouble(matcher.group(2)),
        Double.parseDouble(matcher.group(3)));
  }

  /** What the program prints in a JVM with these flags, where OpenBLAS is to choose that core. */
  private static String run(List<String> flags, String core)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xss16m"));
    command.addAll(List.of("-XX:+UseSerialGC"));
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(BlasProgram.class.getName());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("OPENBLAS_CORETYPE", core);
    builder.environment().remove("LM4J_BLAS");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
