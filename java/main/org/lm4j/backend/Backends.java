package org.lm4j.backend;

import java.util.List;
import java.util.function.Consumer;
import org.lm4j.backend.openblas.OpenBlasBackend;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BackendException;
import org.lm4j.foreign.NativeException;

/** Opens backends. */
public final class Backends {
  /** The names {@link #open} knows, {@code auto} first. */
  public static final List<String> NAMES = List.of("auto", "cpu", "cuda", "reference");

  private Backends() {}

  /** As {@link #open(String, BackendOptions, Consumer)}, telling nobody. */
  public static Backend open(String name, BackendOptions options) {
    return open(name, options, line -> {});
  }

  /**
   * Opens a backend. The caller closes it.
   *
   * @param name one of {@link #NAMES}
   * @param log told in one line when {@code auto} could not take the fastest: what it took, and
   *     why; and when the CPU's kernels are not the fast ones
   * @throws IllegalArgumentException if there is no such backend
   * @throws BackendException if it cannot be opened on this machine
   */
  public static Backend open(String name, BackendOptions options, Consumer<String> log) {
    return switch (name) {
      case "auto" -> auto(options, log);
      case "cpu" -> cpu(options, log);
      case "reference" -> new ReferenceBackend();
      case "cuda" ->
          throw new BackendException(
              "the cuda backend cannot be opened: this build of lm4j has no CUDA backend yet; use"
                  + " cpu");
      default ->
          throw new IllegalArgumentException(
              "unknown device '" + name + "'; there are " + String.join(", ", NAMES));
    };
  }

  private static Backend cpu(BackendOptions options, Consumer<String> log) {
    try {
      OpenBlasBackend cpu = OpenBlasBackend.open(options.threads());
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

  private static Backend auto(BackendOptions options, Consumer<String> log) {
    try {
      return cpu(options, log);
    } catch (BackendException e) {
      log.accept("auto took reference, which is slow, since " + e.getMessage());
      return new ReferenceBackend();
    }
  }
}
