package org.lm4j.backend;

import java.util.List;
import java.util.function.Consumer;
import org.lm4j.InputException;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.cuda.CudaBackend;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.BlasChoice;
import org.lm4j.compute.Precision;
import org.lm4j.foreign.NativeException;

/** Opens backends. */
public final class Backends {
  /** The names {@link #open} knows, {@code auto} first. */
  public static final List<String> NAMES = List.of("auto", "cpu", "cuda", "reference");

  private Backends() {}

  /** Opens a backend by name, without logging notes. */
  public static Backend open(String name, BackendOptions options) {
    return open(name, options, line -> {});
  }

  /**
   * Opens a backend. The caller closes it. {@code auto} takes the GPU if there is one, else the
   * CPU; and the CPU if OpenBLAS or Java kernels are asked for by name, or int8.
   *
   * @param name one of {@link #NAMES}
   * @param log receives one line when {@code auto} could not take the fastest: what it took, and
   *     why; and when the CPU's kernels are not the fast ones, or there is no OpenBLAS where it
   *     would be used
   * @throws IllegalArgumentException if there is no such backend
   * @throws InputException if it has not the precision asked for, or cannot choose what multiplies
   *     matrices
   * @throws BackendException if it cannot be opened on this machine
   */
  public static Backend open(String name, BackendOptions options, Consumer<String> log) {
    return switch (name) {
      case "auto" -> auto(options, log);
      case "cpu" -> cpu(options, log);
      case "reference" -> {
        requireNoBlas(name, options);
        if (options.precision() != null) {
          throw InputException.naming(
              "{precision} is for {device} cuda: reference computes in float64.");
        }
        yield new ReferenceBackend();
      }
      case "cuda" -> {
        requireNoBlas(name, options);
        yield cuda(options);
      }
      default ->
          throw new IllegalArgumentException(
              "unknown device '" + name + "'; there are " + String.join(", ", NAMES));
    };
  }

  private static void requireNoBlas(String name, BackendOptions options) {
    if (choosesBlas(options)) {
      throw InputException.naming(
          "{blas} %s is for {device} cpu, not %s.".formatted(options.blas(), name));
    }
  }

  private static boolean choosesBlas(BackendOptions options) {
    return options.blas() != null && options.blas() != BlasChoice.AUTO;
  }

  private static Backend cpu(BackendOptions options, Consumer<String> log) {
    if (options.precision() == Precision.TF32) {
      throw InputException.naming(
          "{precision} tf32 needs {device} cuda: a CPU multiplies in fp32 or bf16, or generates in int8.");
    }
    try {
      CpuBackend cpu = opened(options, log);
      if (!cpu.vectorised()) {
        log.accept(
            "cpu computes in plain loops, which are slow, since java was started without"
                + " --add-modules jdk.incubator.vector");
      }
      return cpu;
    } catch (NativeException e) {
      throw new BackendException("the cpu backend cannot be opened: " + e.getMessage(), e);
    }
  }

  private static CpuBackend opened(BackendOptions options, Consumer<String> log) {
    if (options.precision() == Precision.BF16) {
      return CpuBackend.openBf16(options.blas(), options.threads(), log);
    }
    if (options.precision() == Precision.INT8) {
      return CpuBackend.openInt8(options.blas(), options.threads(), log);
    }
    return CpuBackend.open(options.blas(), options.threads(), log);
  }

  private static Backend cuda(BackendOptions options) {
    if (options.precision() == Precision.INT8) {
      throw InputException.naming("{precision} int8 is for {device} cpu, not cuda.");
    }
    try {
      return CudaBackend.open(options.precision(), options.gpu());
    } catch (NativeException | BackendException e) {
      throw new BackendException("the cuda backend cannot be opened: " + e.getMessage(), e);
    }
  }

  private static Backend auto(BackendOptions options, Consumer<String> log) {
    boolean forCpu = choosesBlas(options) || options.precision() == Precision.INT8;
    if (!forCpu && CudaBackend.isExpected()) {
      try {
        return cuda(options);
      } catch (BackendException e) {
        log.accept("auto took cpu, since " + e.getMessage());
      }
    }
    return cpu(options, log);
  }
}
