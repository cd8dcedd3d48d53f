package org.lm4j.compute.composed;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;
import org.lm4j.verify.GradientCases;
import org.lm4j.verify.Verification;

/**
 * Tests what a backend inherits, in addition to {@code ParityTest}, which compares it with the
 * reference.
 */
@Tag("slow")
class ComposedBackendTest {
  @Test
  void aBackendHasToHaveElevenOperations() {
    List<String> required =
        Arrays.stream(ComposedBackend.class.getMethods())
            .filter(method -> Modifier.isAbstract(method.getModifiers()))
            .map(Method::getName)
            .sorted()
            .toList();
    assertThat(required)
        .containsExactly(
            "activate",
            "allocateStorage",
            "axpy",
            "copy",
            "download",
            "gemm",
            "multiply",
            "name",
            "upload",
            "upload"); // and downloadIds, which is protected
  }

  @Test
  void noCellIsFastUnlessABackendSaysSo() {
    try (ElevenOperations backend = new ElevenOperations(new ReferenceBackend())) {
      for (Cell cell : Cell.values()) {
        assertThat(backend.supports(new RnnSpec(cell, 3, 4, 1, 0))).isFalse();
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> gradientsAgreeWithCentralDifferences() {
    return GradientCases.all(Verification.SEED).stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.operation() + " " + each.name(),
                    () -> {
                      try (ElevenOperations backend =
                          new ElevenOperations(new ReferenceBackend())) {
                        assertThat(each.run(backend).passed()).isTrue();
                      }
                    }));
  }
}
