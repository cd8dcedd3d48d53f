package org.lm4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.Need;
import org.lm4j.compute.BlasChoice;

/**
 * The parity suite where vectors are shorter than this machine's, where there is no Vector API
 * beside machine code, and where there are no vectors: the kernels are chosen when a JVM starts, so
 * each choice runs in a separate one, one after the other: side by side they would take turns on
 * few cores, each for as long as all.
 */
@Tag("slow")
class LaneCountTest {
  private static final List<String> VECTORS = List.of("--add-modules", "jdk.incubator.vector");

  /**
   * A JVM that runs the suite.
   *
   * @param lanes how many it is to have, 0 for plain loops
   * @param vectorApi whether it has the Vector API
   */
  record Machine(int lanes, boolean vectorApi) {
    String kernels() {
      return lanes == 0
          ? "plain kernels"
          : (vectorApi ? "Vector API kernels of " : "machine code of ") + lanes + " lanes";
    }

    @Override
    public String toString() {
      return kernels();
    }
  }

  @TempDir private Path folder;

  static Stream<Machine> machines() {
    return Stream.of(
        new Machine(8, true), new Machine(4, true), new Machine(16, false), new Machine(0, false));
  }

  /** Runs the suite, and returns the exit code; what it says goes to {@code output}. */
  private static int run(Machine machine, Path output) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (machine.vectorApi) {
      command.addAll(VECTORS);
      command.add("-XX:MaxVectorSize=" + machine.lanes * Float.BYTES);
    }
    command.add("-Dlm4j.code=" + (machine.lanes == 0 ? "off" : "on"));
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    // By default most products are Java's with vectors, and all are OpenBLAS's without.
    BlasChoice other = machine.lanes == 0 ? BlasChoice.JAVA : BlasChoice.OPENBLAS;
    command.addAll(List.of(ParityProgram.class.getName(), BlasChoice.AUTO.name(), other.name()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      return process.waitFor();
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @MethodSource("machines")
  void agreesWithTheReference(Machine machine) throws IOException, InterruptedException {
    Path said = folder.resolve("said.txt");
    int code = run(machine, said);
    String output = Files.readString(said);
    // Beyond what the processor has, the limit is of no effect; the run is then another's.
    Need.VECTORS.check(
        code != 0 || machine.lanes <= 4 || !output.contains("kernels of 4 lanes"),
        "this processor's vectors have 4 lanes, not " + machine.lanes);
    Need.VECTORS.check(
        code != 0 || machine.lanes == 0 || machine.vectorApi || !output.contains("plain kernels"),
        "no machine code for vectors of 16 floats");
    assertThat(code).as(output).isZero();
    assertThat(output).contains(machine.kernels(), "2 times ", " cases").doesNotContain("FAIL");
    assertThat(output)
        .containsPattern(
            machine.lanes == 0
                ? "(?m)^auto .*multiplication: OpenBLAS"
                : "(?m)^auto .*multiplication: Java kernels, (and OpenBLAS|which are)")
        .containsPattern(
            machine.lanes == 0
                ? "(?m)^java .*multiplication: Java kernels$"
                : "(?m)^openblas .*multiplication: OpenBLAS");
    assertThat(output.split("plain loops, which are slow", -1))
        .as("said once without vectors, never with them: %s", output)
        .hasSize(machine.lanes == 0 ? 2 : 1);
  }
}
