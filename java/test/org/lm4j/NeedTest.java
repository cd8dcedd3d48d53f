package org.lm4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class NeedTest {
  private static final String MISSING = "gcc is not installed";

  @Test
  void aTestWhoseNeedIsMetRuns() {
    for (String required : List.of("", "gcc", "data, gcc")) {
      assertThatCode(() -> Need.GCC.check(true, MISSING, required)).doesNotThrowAnyException();
    }
  }

  @Test
  void aTestWhoseNeedIsNotMetIsSkipped() {
    for (String required : List.of("", "data,cuda-headers", ",")) {
      assertThatThrownBy(() -> Need.GCC.check(false, MISSING, required))
          .isInstanceOf(TestAbortedException.class)
          .hasMessageContaining(MISSING);
    }
  }

  @Test
  void aTestWhoseRequiredNeedIsNotMetFails() {
    for (String required : List.of("gcc", "data, gcc", "gcc,cuda-headers,data")) {
      assertThatThrownBy(() -> Need.GCC.check(false, MISSING, required))
          .isInstanceOf(AssertionError.class)
          .hasMessage("gcc is not installed, and LM4J_REQUIRE lists gcc");
    }
    assertThatThrownBy(() -> Need.CUDA_HEADERS.check(false, "no cudnn.h", "cuda-headers"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("lists cuda-headers");
  }

  @Test
  void aMisspeltNeedFailsEveryTestThatAsks() {
    assertThatThrownBy(() -> Need.DATA.check(true, "no corpus", "data,gc"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("LM4J_REQUIRE lists unknown needs [gc]; known are [chromium, ");
  }

  @Test
  void programsAreLookedUpOnThePath() {
    assertThatCode(() -> Need.SHELL.program("sh")).doesNotThrowAnyException();
    assertThatThrownBy(() -> Need.DIST.program("lm4j-no-such-program"))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining("lm4j-no-such-program is not installed");
  }

  /** A test that skips itself in any other way could not be required. */
  @Test
  void noOtherTestUsesAssumptions() throws IOException {
    try (var files = Files.walk(Path.of("java/test"))) {
      List<Path> sources =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> !file.getFileName().toString().startsWith("Need"))
              .filter(file -> read(file).contains("jupiter.api.Assumptions"))
              .toList();
      assertThat(sources).isEmpty();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
