package org.lm4j.verify;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/**
 * The parity suite of the CPU backend as a program, to be run in a JVM with fewer lanes or without
 * vectors, for the choices given of what multiplies matrices. Prints what there is to say of the
 * backend, then what failed; exit code 1 if anything did.
 */
final class ParityProgram {
  private static final int SIZE = 4099; // elements of the mask compared to the bit; odd
  private static final int REPEATS = 40; // so that its kernel is compiled on the way

  private ParityProgram() {}

  /** Runs it for the names of choices. */
  @SuppressWarnings("ClosingStandardOutputStreams") // the backend is closed, not the stream
  public static void main(String[] args) {
    Map<BlasChoice, Backend> backends = new EnumMap<>(BlasChoice.class);
    boolean passed = true;
    try {
      for (String name : args) {
        BlasChoice choice = BlasChoice.valueOf(name);
        BackendOptions options = new BackendOptions(2).withBlas(choice);
        Backend cpu =
            Backends.open(
                "cpu", options, choice == BlasChoice.AUTO ? System.out::println : line -> {});
        backends.put(choice, cpu);
        System.out.println(choice + " " + cpu.description());
        passed &= choice != BlasChoice.AUTO || masksAreExact(cpu);
      }
      passed &= agree(backends);
    } finally {
      backends.values().forEach(Backend::close);
    }
    System.exit(passed ? 0 : 1);
  }

  /** Compares all with the reference, which computes each case once. */
  private static boolean agree(Map<BlasChoice, Backend> backends) {
    boolean passed = true;
    List<ParityCase> cases = ParityCases.all(Verification.LANES, Verification.SEED);
    for (ParityCase each : cases) {
      ParityCase.Expected expected = each.expected(DType.F32);
      for (Map.Entry<BlasChoice, Backend> cpu : backends.entrySet()) {
        CaseResult result = each.run(cpu.getValue(), expected);
        if (!result.passed()) {
          System.out.println(cpu.getKey() + " " + result);
          passed = false;
        }
      }
    }
    System.out.println(backends.size() + " times " + cases.size() + " cases");
    return passed;
  }

  private static boolean masksAreExact(Backend cpu) {
    RandomKey key = new RandomKey(Verification.SEED, 1L << 33);
    long threshold = Philox.dropThreshold(0.5);
    Tensor ones = cpu.allocate(SIZE);
    Tensor mask = cpu.allocate(SIZE);
    cpu.fill(ones, 1);
    for (int i = 0; i < REPEATS; i++) {
      cpu.dropout(ones, mask, 0.5, key, i);
      for (int at = 0; at < SIZE; at++) {
        boolean kept = Integer.toUnsignedLong(Philox.bits(key, i, at)) >= threshold;
        if (mask.get(at) != (kept ? 2 : 0)) {
          System.out.println(
              "dropout element " + at + " at site " + i + " is not what Philox says");
          return false;
        }
      }
    }
    return true;
  }
}
