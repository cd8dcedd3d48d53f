package org.lm4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** The judge judged: a backend with one fault must fail the cases of the faulty operation. */
@Tag("slow")
class ParityCasesTest {
  private static final List<ParityCase> CASES =
      ParityCases.all(Verification.LANES, Verification.SEED);

  /** The cases in which the operation changes nothing: no dropout, the slope 1 of one number. */
  private static final Set<String> LEAVES_ALL_AS_IT_IS =
      Set.of(
          "n=1 p=0.0 in place",
          "n=15 p=0.0 in place",
          "n=16 p=0.0 in place",
          "n=17 p=0.0 in place",
          "n=67 p=0.0 in place",
          "n=1009 p=0.0 in place",
          "RELU n=1 in place");

  private static final String READER = "tokenReader";

  /** What the reference makes of the cases of one operation, the one that was last asked for. */
  private static final Map<ParityCase, ParityCase.Expected> EXPECTED = new HashMap<>();

  @AfterAll
  static void forget() {
    EXPECTED.clear();
  }

  private static CaseResult run(ParityCase each, Backend backend) {
    EXPECTED.keySet().removeIf(known -> !known.operation().equals(each.operation()));
    return each.run(
        backend, EXPECTED.computeIfAbsent(each, missing -> missing.expected(DType.F64)));
  }

  /** The action after, or instead of, the real operation. */
  @FunctionalInterface
  interface Fault {
    void apply(Runnable operation, List<Tensor> numbers);
  }

  /** Returns all operations that write into tensors. */
  static Set<String> operations() {
    Set<String> operations = new TreeSet<>();
    CASES.forEach(each -> operations.add(each.operation()));
    operations.remove(READER);
    return operations;
  }

  @Test
  void everyOperationOnTensorsHasCases() {
    Set<String> withTensors = new TreeSet<>();
    for (Method method : Backend.class.getMethods()) {
      if (method.getReturnType() == void.class && method.getParameterCount() > 0) {
        withTensors.add(method.getName());
      }
    }
    withTensors.removeAll(Set.of("upload", "download")); // every case uses them
    withTensors.remove("step"); // which runs others
    assertThat(operations()).isEqualTo(withTensors);
    assertThat(CASES).anyMatch(each -> each.operation().equals(READER));
  }

  /** Whatever an operation does wrong. */
  private static final SortedMap<String, Fault> FAULTS =
      new TreeMap<>(
          Map.of(
              "does nothing",
              (real, numbers) -> {},
              "writes behind the end",
              (real, numbers) -> {
                real.run();
                Tensor victim = numbers.getLast();
                new Tensor(
                        victim.storage(),
                        victim.offset() + victim.size(),
                        Shape.of(1),
                        victim.dtype())
                    .set(0, 0);
              },
              "errs a little in the last element",
              (real, numbers) -> {
                real.run();
                for (Tensor each : numbers) {
                  each.set(each.size() - 1, each.get(each.size() - 1) + 1e-3);
                }
              }));

  /** Returns every fault of each operation, one operation after the other. */
  static Stream<Arguments> faultyOperations() {
    return operations().stream()
        .flatMap(
            operation ->
                FAULTS.entrySet().stream()
                    .map(fault -> Arguments.of(operation, fault.getKey(), fault.getValue())));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("faultyOperations")
  void anOperationThatErrsIsFound(String operation, String name, Fault fault) {
    assertFound(operation, fault);
  }

  /** Whatever a reader does wrong. */
  static Stream<Arguments> faultyReaders() {
    return Stream.of(
        Arguments.of("reads nothing", on("read", (real, arguments) -> null)),
        Arguments.of("forgets nothing", on("reset", (real, arguments) -> null)),
        Arguments.of(
            "the last logit is wrong",
            on(
                "logits",
                (real, arguments) -> {
                  real.call();
                  double[] logits = (double[]) arguments[0];
                  logits[logits.length - 1] += 1e-3;
                  return null;
                })),
        Arguments.of(
            "a logit alone is wrong",
            on("logit", (real, arguments) -> (double) real.call() + 1e-3)),
        Arguments.of(
            "a bound is none",
            on(
                "upperBounds",
                (real, arguments) -> {
                  real.call();
                  ((double[]) arguments[0])[0] -= 1e-9;
                  return null;
                })));
  }

  /** The result of a decoder's method, given the real decoder. */
  @FunctionalInterface
  private interface Answer {
    @Nullable Object to(Callable<Object> real, Object[] arguments) throws Exception;
  }

  private static UnaryOperator<IncrementalDecoder> on(String name, Answer answer) {
    return sound ->
        (IncrementalDecoder)
            Proxy.newProxyInstance(
                IncrementalDecoder.class.getClassLoader(),
                new Class<?>[] {IncrementalDecoder.class},
                (proxy, method, arguments) ->
                    method.getName().equals(name)
                        ? answer.to(() -> method.invoke(sound, arguments), arguments)
                        : invoke(sound, method, arguments));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faultyReaders")
  void aReaderThatErrsIsFound(String name, UnaryOperator<IncrementalDecoder> fault) {
    ReferenceBackend sound = new ReferenceBackend();
    Backend backend =
        (Backend)
            Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (proxy, method, arguments) -> {
                  Object result = invoke(sound, method, arguments);
                  return result instanceof IncrementalDecoder reader ? fault.apply(reader) : result;
                });
    List<CaseResult> results =
        CASES.stream()
            .filter(each -> each.operation().equals(READER))
            .map(each -> run(each, backend))
            .toList();
    // Units of the ReLU cell that are never above zero have nothing to read or to forget.
    assertThat(results).isNotEmpty();
    assertThat(results.stream().filter(CaseResult::passed)).hasSizeLessThan(results.size() / 10);
    backend.close();
  }

  private static void assertFound(String operation, Fault fault) {
    try (Backend backend = faulty(operation, fault)) {
      for (ParityCase each : CASES) {
        if (each.operation().equals(operation) && !LEAVES_ALL_AS_IT_IS.contains(each.name())) {
          CaseResult result = run(each, backend);
          assertThat(result.passed()).as("%s", result).isFalse();
        }
      }
    }
  }

  /** The reference with {@code fault} in one operation. */
  private static Backend faulty(String operation, Fault fault) {
    ReferenceBackend sound = new ReferenceBackend();
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, arguments) -> {
              if (!method.getName().equals(operation)) {
                return invoke(sound, method, arguments);
              }
              fault.apply(() -> invokeQuietly(sound, method, arguments), numbers(arguments));
              return null;
            });
  }

  private static List<Tensor> numbers(Object[] arguments) {
    return Arrays.stream(arguments)
        .flatMap(ParityCasesTest::tensors)
        .filter(tensor -> tensor.dtype() != DType.I32)
        .toList();
  }

  /** Tensors among the arguments, and the outputs of the recurrent operations. */
  private static Stream<Tensor> tensors(Object argument) {
    return switch (argument) {
      case null -> Stream.empty();
      case Tensor tensor -> Stream.of(tensor);
      case RnnInOut inOut -> Stream.of(inOut.y());
      case RnnGradients gradients -> {
        var layer = gradients.dWeights().layers().getLast();
        // A cell may have no recurrent weights.
        yield Stream.of(layer.weightHh().size() > 0 ? layer.weightHh() : layer.weightIh());
      }
      default -> Stream.empty();
    };
  }

  private static Object invoke(Object sound, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(sound, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static void invokeQuietly(Backend sound, Method method, Object[] arguments) {
    try {
      method.invoke(sound, arguments);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the sound backend failed", e);
    }
  }
}
