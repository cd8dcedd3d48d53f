package org.lm4j.backend.cpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.kernel.ProductKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.HostStorage;

/**
 * Processors without masked loads (NEON, SSE) read the whole vector and choose afterwards: rows
 * that are not there must not be named at all. An x86 JVM without AVX has none.
 */
@Tag("slow")
class MaskedLoadTest {
  private static final int K = 64;
  private static final long FAR = 1L << 34; // bytes from one row to the next: beyond all memory
  private static final int ROUNDS = 30_000; // so that the kernel is compiled on the way

  /** Runs in a separate JVM, because the fault it looks for ends the process. */
  static final class Program {
    private Program() {}

    /** Transposes a single row, whose followers would lie far away. */
    public static void main(String[] args) {
      try (HostStorage row = new HostStorage(K * Float.BYTES);
          HostStorage target =
              new HostStorage((long) K * ProductKernels.MOST_LANES * Float.BYTES)) {
        long stride = (long) Kernels.GATES.lanes() * Float.BYTES;
        for (int i = 0; i < ROUNDS; i++) {
          Kernels.PACKING.transpose(1, K, row.address(), FAR, target.address(), stride);
        }
      }
      System.out.println("done");
    }
  }

  @Test
  void rowsThatAreNotThereAreNotRead() throws IOException, InterruptedException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules",
            "jdk.incubator.vector",
            "-XX:+IgnoreUnrecognizedVMOptions",
            "-XX:UseAVX=0",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=/dev/null",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Program.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("done");
  }
}
