package org.lm4j.backend.cpu.code;

import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lm4j.foreign.NativeException;

/**
 * Whether machine code can run in this process.
 *
 * @param processor what it can do; null if no code can be run
 * @param missing the reason, as in "no machine code: …"; empty if there is a processor
 */
record MachineCode(@Nullable Processor processor, String missing) {
  /** Found out once. */
  static MachineCode here() {
    return Here.CODE;
  }

  private static final class Here {
    static final MachineCode CODE = find(System.getProperties(), System.getenv());
  }

  /** A setting without meaning counts as {@code off} here; who opens a backend has refused it. */
  static MachineCode find(Properties properties, Map<String, String> environment) {
    if (!CodeSettings.value(properties, environment).equals("on")) {
      return new MachineCode(null, "it is switched off by " + CodeSettings.VARIABLE);
    }
    try {
      return new MachineCode(Processor.here(), "");
    } catch (NativeException e) {
      return new MachineCode(null, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Creates code of AVX-512 instructions; null where the processor has none, no code can run, or
   * other code took the last memory.
   */
  static <T> @Nullable T ofAvx512(Supplier<T> creator) {
    Processor processor = here().processor();
    if (processor == null || !processor.avx512()) {
      return null;
    }
    try {
      return creator.get();
    } catch (NativeException e) {
      return null;
    }
  }
}
