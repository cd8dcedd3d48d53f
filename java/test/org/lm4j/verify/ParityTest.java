package org.lm4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.cpu.Bf16Backends;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.cpu.MixedEngine;
import org.lm4j.backend.cpu.blas.BlasLibrary;
import org.lm4j.backend.cuda.CudaOnFakes;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.composed.ElevenOperations;
import org.lm4j.tensor.DType;

/**
 * Every backend against the reference: all operations, all sizes. {@link VerificationTest} runs the
 * same cases on the reference itself.
 */
class ParityTest {
  private static final String CPU = "cpu";
  private static final String FAKES = "cuda, on fake libraries";

  private static final String COMPOSED = "composed of eleven operations";

  /**
   * Marks the cases whose size matters only for how a CPU divides its work; plain loops in C and
   * composed operations take long over them.
   */
  private static final String LARGE = "H=530";

  /** Returns the backends to compare, by name; a new one is one line. */
  static Map<String, Supplier<Backend>> backends() {
    Map<String, Supplier<Backend>> backends = new LinkedHashMap<>();
    backends.put(CPU, () -> new CpuBackend(null, 2));
    backends.put("cpu, by OpenBLAS", () -> new CpuBackend(BlasLibrary.open(), 2));
    backends.put("cpu, by both engines", () -> MixedEngine.open(2));
    backends.put("cpu, in bf16", () -> Bf16Backends.fastest(2));
    backends.put(FAKES, CudaOnFakes::open);
    backends.put(COMPOSED, () -> new ElevenOperations(new ReferenceBackend()));
    backends.put(COMPOSED + " of the cpu's", () -> new ElevenOperations(new CpuBackend(null, 2)));
    return backends;
  }

  /** The open backends, each opened once for all its cases. */
  private static final Map<String, Backend> OPEN = new HashMap<>();

  @AfterAll
  static void close() {
    OPEN.values().forEach(Backend::close);
    OPEN.clear();
    EXPECTED.clear();
  }

  /** What was last expected in each type: of the case whose backends are being compared. */
  private static final Map<DType, ParityCase.Expected> EXPECTED = new EnumMap<>(DType.class);

  @TestFactory
  Stream<DynamicNode> theCpuAgreesWithTheReference() {
    return ofBackends(CPU::equals, parity(), ParityTest::compare);
  }

  @TestFactory
  @Tag("slow")
  Stream<DynamicNode> everyOtherBackendAgreesWithTheReference() {
    return ofBackends(backend -> !backend.equals(CPU), parity(), ParityTest::compare);
  }

  @TestFactory
  Stream<DynamicNode> theCpuRefusesWhatIsWrong() {
    return ofBackends(CPU::equals, RefusalCases.all(), Case::run);
  }

  @TestFactory
  @Tag("slow")
  Stream<DynamicNode> everyOtherBackendRefusesWhatIsWrong() {
    return ofBackends(backend -> !backend.equals(CPU), RefusalCases.all(), Case::run);
  }

  private static List<ParityCase> parity() {
    return ParityCases.all(Verification.LANES, Verification.SEED);
  }

  /** A container for each case, so that the reference computes what is expected of it once. */
  private static <C extends Case> Stream<DynamicNode> ofBackends(
      Predicate<String> wanted, List<C> cases, BiFunction<C, Backend, CaseResult> run) {
    return cases.stream()
        .map(
            each ->
                DynamicContainer.dynamicContainer(
                    each.operation() + " " + each.name(),
                    backends().entrySet().stream()
                        .filter(backend -> wanted.test(backend.getKey()))
                        .filter(backend -> isFor(backend.getKey(), each))
                        .map(
                            backend ->
                                DynamicTest.dynamicTest(
                                    backend.getKey(),
                                    () ->
                                        check(
                                            run.apply(
                                                each,
                                                OPEN.computeIfAbsent(
                                                    backend.getKey(),
                                                    missing -> backend.getValue().get())))))));
  }

  private static boolean isFor(String backend, Case each) {
    boolean slow = backend.equals(FAKES) || backend.startsWith(COMPOSED);
    return !slow || !each.name().contains(LARGE);
  }

  private static CaseResult compare(ParityCase each, Backend backend) {
    ParityCase.Expected expected = EXPECTED.get(backend.dtype());
    if (expected == null || expected.of() != each) {
      expected = each.expected(backend.dtype());
      EXPECTED.put(backend.dtype(), expected);
    }
    return each.run(backend, expected);
  }

  private static void check(CaseResult result) {
    assertThat(result.passed()).as("seed %d: %s", Verification.SEED, result).isTrue();
  }
}
