package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.Need;
import org.lm4j.backend.cuda.driver.Kernel;

/** The PTX that ships is that of the sources that are checked in. */
@Tag("slow")
class PtxTest {
  private static final Path SOURCES = Path.of("native", "cuda");
  private static final Pattern ENTRY =
      Pattern.compile("\\.visible \\.entry (\\w+)\\(([^)]*)\\)", Pattern.DOTALL);
  private static final Pattern PARAMETER = Pattern.compile("\\.param \\.(\\w+)");
  private static final Pattern KERNEL =
      Pattern.compile("__global__ void (\\w+)\\(([^)]*)\\)", Pattern.DOTALL);

  /** Entries by name, each with the types of its parameters, {@code u64 u64 u32}. */
  private static Map<String, String> entries(String ptx) {
    Map<String, String> entries = new TreeMap<>();
    for (Matcher entry = ENTRY.matcher(ptx); entry.find(); ) {
      StringBuilder types = new StringBuilder();
      for (Matcher type = PARAMETER.matcher(entry.group(2)); type.find(); ) {
        types.append(type.group(1)).append(' ');
      }
      entries.put(entry.group(1), types.toString().strip());
    }
    return entries;
  }

  /** Returns the parameters of each kernel as declared in the sources. */
  private static Map<String, String> kernels() throws IOException {
    Map<String, String> kernels = new TreeMap<>();
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".cuh")).toList()) {
        for (Matcher kernel = KERNEL.matcher(Files.readString(file)); kernel.find(); ) {
          StringBuilder types = new StringBuilder();
          for (String parameter : kernel.group(2).split(",", -1)) {
            boolean word = parameter.strip().startsWith("int ");
            types.append(word ? "u32 " : "u64 ");
          }
          kernels.put(kernel.group(1), types.toString().strip());
        }
      }
    }
    return kernels;
  }

  @ParameterizedTest
  @ValueSource(ints = {75, 80})
  void hasAnEntryForEachKernelOfTheSources(int architecture) throws IOException {
    String ptx = FakeDriver.ptx(architecture);
    assertThat(entries(ptx)).isEqualTo(kernels()).hasSizeGreaterThan(25);
    assertThat(ptx).contains("\n.version 7.0\n", "\n.target sm_" + architecture + "\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {75, 80})
  void isOnTheClassPath(int architecture) throws IOException {
    String name = "/org/lm4j/backend/cuda/driver/kernels_" + architecture + ".ptx";
    try (InputStream in = PtxTest.class.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo(FakeDriver.ptx(architecture));
    }
  }

  @Test
  void hasAnEntryForEachKernelOfTheBackend() throws IOException {
    Map<String, String> entries = entries(FakeDriver.ptx(75));
    for (Kernel kernel : Kernel.values()) {
      assertThat(entries).containsKey(kernel.entry());
    }
  }

  /**
   * Compiled anew, the entries are the same; by the compiler that made what is checked in, every
   * character is.
   */
  @ParameterizedTest
  @ValueSource(ints = {75, 80})
  void isWhatTheCompilerMakesOfTheSources(int architecture) throws Exception {
    Need.NVCC.program("nvcc");
    Path fresh = Path.of("target", "ptx", "kernels_" + architecture + ".ptx");
    Files.createDirectories(fresh.getParent());
    String source = SOURCES.resolve("kernels.cu").toString();
    String target = "-arch=compute_" + architecture;
    FakeLibraries.run("nvcc", target, "-ptx", "-O3", "-o", fresh.toString(), source);
    String compiled = Files.readString(fresh).replaceFirst("\n\\.version \\S+", "\n.version 7.0");
    String checkedIn = FakeDriver.ptx(architecture);
    assertThat(entries(compiled)).isEqualTo(entries(checkedIn));
    if (compiler(compiled).equals(compiler(checkedIn))) {
      assertThat(compiled.equals(checkedIn)).as("make -C native ptx was forgotten").isTrue();
    }
  }

  private static String compiler(String ptx) {
    return ptx.lines().filter(line -> line.startsWith("// Cuda compilation")).toList().toString();
  }
}
