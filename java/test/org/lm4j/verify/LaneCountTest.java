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
 * The parity suite where vectors are shorter than this machine's, and where there are none: the
 * kernels' widths are fixed when a JVM starts, so each width runs in a separate one, one after the
 * other: side by side they would take turns on few cores, each for as long as all.
 */
@Tag("slow")
class LaneCountTest {
  private static final List<String> VECTORS = List.of("--add-modules", "jdk.incubator.vector");

  /** How many lanes a JVM that runs the suite is to have, 0 for plain loops. */
  record Machine(int lanes) {
    @Override
    public String toString() {
      return lanes == 0 ? "no vectors" : lanes + " lanes";
    }
  }

  @TempDir private Path folder;

  static Stream<Machine> machines() {
    return Stream.of(8, 4, 0).map(Machine::new);
  }

  /** Runs the suite, and returns the exit code; what it says goes to {@code output}. */
  private static int run(Machine machine, Path output) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (machine.lanes > 0) {
      command.addAll(VECTORS);
      command.add("-XX:MaxVectorSize=" + machine.lanes * Float.BYTES);
    }
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
    String kernels =
        machine.lanes == 0 ? "plain kernels" : "Vector API kernels of " + machine.lanes + " lanes";
    // Beyond what the processor has, the limit is of no effect; the run is then another's.
    Need.VECTORS.check(
        code != 0 || machine.lanes <= 4 || !output.contains("kernels of 4 lanes"),
        "this processor's vectors have 4 lanes, not " + machine.lanes);
    assertThat(code).as(output).isZero();
    assertThat(output).contains(kernels, "2 times ", " cases").doesNotContain("FAIL");
    assertThat(output)
        .containsPattern(
            machine.lanes == 0
                ? "(?m)^auto .*multiplication: OpenBLAS"
                : "(?m)^auto .*multiplication: Java kernels, and OpenBLAS")
        .containsPattern(
            machine.lanes == 0
                ? "(?m)^java .*multiplication: Java kernels$"
                : "(?m)^openblas .*multiplication: OpenBLAS");
    assertThat(output.split("plain loops, which are slow", -1))
        .as("said once without vectors, never with them: %s", output)
        .hasSize(machine.lanes == 0 ? 2 : 1);
  }
}
