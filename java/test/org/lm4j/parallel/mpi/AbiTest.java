package org.lm4j.parallel.mpi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;
import org.lm4j.foreign.NativeException;
import org.lm4j.foreign.NativeLibrary;

/** The values that are passed to the libraries of MPI. */
class AbiTest {
  @TempDir private Path folder;

  /** As the header mpi.h of the MPI Forum has them, version 1.0 of the interface. */
  @Test
  void theStandardHasItsOwnValues() {
    assertThat(Abi.STANDARD.world()).isEqualTo(0x101);
    assertThat(Abi.STANDARD.bytes()).isEqualTo(0x247);
    assertThat(Abi.STANDARD.serialized()).isEqualTo(2048);
  }

  /** A search for a symbol finds those of the libraries that a library is linked with. */
  @Test
  void theStandardsLibraryMayHaveTheSymbolsOfOpenMpi() throws IOException {
    Path named = Files.createSymbolicLink(folder.resolve("libmpi_abi.so.0"), openMpi());
    assertThat(Abi.of(NativeLibrary.open(named))).isEqualTo(Abi.STANDARD);
    Path inFolder = Files.createDirectory(folder.resolve("libmpi_abi"));
    Path other = Files.createSymbolicLink(inFolder.resolve("libmpi.so"), openMpi());
    assertThat(Abi.of(NativeLibrary.open(other)).name()).isEqualTo("Open MPI");
  }

  private static Path openMpi() {
    try {
      NativeLibrary.open("libmpi.so.40");
    } catch (NativeException e) {
      Need.MPI.check(false, "Open MPI is not installed");
    }
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.filter(line -> line.contains("/libmpi.so.40"))
          .map(line -> Path.of(line.substring(line.indexOf('/'))))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
