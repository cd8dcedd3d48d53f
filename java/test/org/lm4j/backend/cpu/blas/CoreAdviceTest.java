package org.lm4j.backend.cpu.blas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CoreAdviceTest {
  @ParameterizedTest
  @CsvSource({
    "Haswell, 16, true, unset OPENBLAS_CORETYPE or set it to SkylakeX",
    "Zen, 16, false, set OPENBLAS_CORETYPE=SkylakeX",
    "Prescott, 8, false, set OPENBLAS_CORETYPE=Haswell",
    "Nehalem, 8, true, unset OPENBLAS_CORETYPE or set it to Haswell",
  })
  void kernelsForShorterVectorsAreReplaced(
      String core, int lanes, boolean demanded, String expected) {
    assertThat(CoreAdvice.of(core, lanes, demanded, 1.2)).startsWith(expected).contains(core);
  }

  @ParameterizedTest
  @CsvSource({
    "Cooperlake, 16",
    "SkylakeX, 16",
    "Haswell, 8",
    "Zen, 8",
    "neoversen1, 4",
    "armv8, 8",
    "unknown, 16",
  })
  void theRightKernelsNeedNoAdvice(String core, int lanes) {
    assertThat(CoreAdvice.of(core, lanes, false, 0.95)).isNull();
    assertThat(CoreAdvice.of(core, lanes, true, Double.NaN)).isNull();
  }

  @Test
  void slowKernelsAreComparedWithOthers() {
    assertThat(CoreAdvice.of("Cooperlake", 16, false, 0.751))
        .contains("OPENBLAS_CORETYPE=Haswell and =Zen", "Cooperlake reach 75 % of Java's");
    assertThat(CoreAdvice.of("armv8", 8, false, 0.5)).isNull();
  }

  /** As the jars of OpenBLAS 0.3.31 have them. */
  @Test
  void eachPlatformsJarHasItsOwnFiles() {
    assertThat(BlasLibrary.filesOf("linux-x86_64"))
        .containsExactly(
            "libopenblas.so.0", "libgfortran.so.5", "libgcc_s.so.1", "libquadmath.so.0");
    assertThat(BlasLibrary.filesOf("linux-arm64"))
        .isEqualTo(List.of("libopenblas.so.0", "libgfortran.so.5", "libgcc_s.so.1"));
    assertThat(BlasLibrary.filesOf("windows-x86_64")).containsExactly("libopenblas.dll");
    assertThat(BlasLibrary.filesOf("macosx-arm64"))
        .containsExactly(
            "libopenblas.0.dylib",
            "libgfortran.5.dylib",
            "libquadmath.0.dylib",
            "libgcc_s.1.1.dylib");
  }
}
