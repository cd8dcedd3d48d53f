package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.backend.cpu.blas.BlasFacts;
import org.lm4j.backend.cpu.blas.BlasLibrary;
import org.lm4j.backend.cpu.blas.Cblas;
import org.lm4j.backend.cpu.blas.MatrixEngine;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.GemmOp;
import org.lm4j.foreign.NativeException;
import org.lm4j.tensor.Tensor;

class BlasLibraryTest {
  @TempDir Path folder;

  @Test
  void theBackendReallyRunsOnOpenBlasWhereItShould() {
    Cblas blas = BlasLibrary.open();
    try (CpuBackend cpu = new CpuBackend(blas, 2)) {
      BlasFacts facts = blas.facts();
      assertThat(facts.config()).startsWith("OpenBLAS");
      assertThat(facts.core()).isNotEqualTo("unknown");
      assertThat(facts.singleThreaded()).isTrue();
      assertThat(cpu.description()).contains("2 threads", facts.core());
      long before = blas.calls();
      Tensor a = cpu.allocate(64, 64);
      Tensor b = cpu.allocate(64, 64);
      Tensor c = cpu.allocate(64, 64);
      cpu.fill(a, 2);
      cpu.fill(b, 3);
      cpu.gemm(GemmOp.NT, 1, a, b, 0, c);
      assertThat(c.toArray()).containsOnly(64 * 6.0);
      assertThat(blas.calls()).isGreaterThan(before);
    }
  }

  @Test
  void theVectorKernelsAreUsedWhereTheModuleIs() {
    assertThat(Kernels.VECTORISED).isTrue();
  }

  @Test
  void noLibraryIsOpenedWhereJavaKernelsComputeEverything() {
    Map<String, String> missing = Map.of("LM4J_BLAS", folder.resolve("libnone.so").toString());
    Properties own = new Properties();
    own.setProperty("lm4j.products", "own");
    for (MatrixEngine engine :
        List.of(engine(null, own, missing), engine(BlasChoice.JAVA, new Properties(), missing))) {
      assertThat(engine.all()).isNull();
      assertThat(engine.of(1000, 1000, 1000)).isNull();
      try (CpuBackend cpu = CpuBackend.with(engine, 1)) {
        assertThat(cpu.description())
            .contains("1 thread, Vector API kernels", "matrix multiplication: Java kernels")
            .doesNotContain("BLAS");
      }
    }
  }

  @Test
  void theSettingsChooseUnlessTheProgramDoes() {
    Map<String, String> blas = Map.of("LM4J_PRODUCTS", "blas");
    assertThat(engine(null, new Properties(), blas).all()).isNotNull();
    assertThat(engine(BlasChoice.JAVA, new Properties(), blas).all()).isNull();
    assertThat(engine(BlasChoice.AUTO, new Properties(), blas).all()).isNull();
    assertThat(engine(BlasChoice.OPENBLAS, new Properties(), Map.of()).all()).isNotNull();
    Properties own = new Properties();
    own.setProperty("lm4j.products", "java");
    assertThat(engine(null, own, blas).all()).isNull();
    assertThatThrownBy(() -> engine(null, new Properties(), Map.of("LM4J_PRODUCTS", "mkl")))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("LM4J_PRODUCTS", "auto, openblas or java", "'mkl'");
  }

  @Test
  void aLibraryNamedByTheUserComputesAllLargeProductsAndMustExist() {
    Path missing = folder.resolve("libnone.so");
    assertThatThrownBy(() -> engine(null, settings(missing), Map.of()))
        .isInstanceOf(NativeException.class)
        .hasMessageContaining(missing.toString());
    Path known = Path.of(BlasLibrary.open().facts().path());
    MatrixEngine engine = engine(null, settings(known), Map.of());
    int above = MatrixEngine.LEAST + 1;
    assertThat(engine.of(above, above, above)).isNotNull();
    assertThat(engine.of(above - 1, above, above)).isNull();
    assertThat(engine.all()).isNull();
  }

  private static MatrixEngine engine(
      @Nullable BlasChoice choice, Properties properties, Map<String, String> environment) {
    return BlasLibrary.engine(choice, line -> {}, properties, environment);
  }

  @Test
  void aThreadWithASmallStackMayMultiply() throws InterruptedException {
    Throwable[] failure = new Throwable[1];
    Runnable products = this::theBackendReallyRunsOnOpenBlasWhereItShould;
    Thread thread = new Thread(null, products, "small stack", 256 << 10);
    thread.setUncaughtExceptionHandler((t, e) -> failure[0] = e);
    thread.start();
    thread.join();
    assertThat(failure[0]).isNull();
  }

  @Test
  void aLibraryThatWasAskedForAndIsMissingIsFatal() {
    Path missing = folder.resolve("libnone.so");
    assertThatThrownBy(() -> BlasLibrary.open(settings(missing), Map.of()))
        .isInstanceOf(NativeException.class)
        .hasMessageContainingAll("lm4j.blas", "there is no library file", missing.toString());
    Map<String, String> environment = Map.of("LM4J_BLAS", missing.toString());
    assertThatThrownBy(() -> BlasLibrary.open(new Properties(), environment))
        .isInstanceOf(NativeException.class)
        .hasMessageContaining(missing.toString());
  }

  @Test
  void aFileThatIsNotALibraryIsRefused() throws Exception {
    Path text = Files.writeString(folder.resolve("libtext.so"), "not a library");
    assertThatThrownBy(() -> BlasLibrary.open(settings(text), Map.of()))
        .isInstanceOf(NativeException.class)
        .hasMessageContaining("cannot be loaded");
  }

  @Test
  void theJarIsUnpackedOnceAndMendedWhenBroken() throws Exception {
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", folder.toString());
    Path opened = Path.of(BlasLibrary.open(new Properties(), environment).facts().path());
    assertThat(opened).startsWith(folder.resolve("lm4j"));
    Path cache = opened.resolveSibling("libquadmath.so.0");
    Files.writeString(cache, "cut short");
    BlasLibrary.open(new Properties(), environment);
    assertThat(Files.size(cache)).isGreaterThan(100_000);
    try (var left = Files.list(folder.resolve("lm4j"))) {
      assertThat(left).hasSize(1);
    }
  }

  private static Properties settings(Path blas) {
    Properties properties = new Properties();
    properties.setProperty("lm4j.blas", blas.toString());
    return properties;
  }
}
