package org.lm4j.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The environment of this process as native libraries read it; {@link System#getenv} keeps showing
 * the one at the start.
 */
public final class ProcessEnvironment {
  private ProcessEnvironment() {}

  /**
   * Sets a variable for libraries that are opened later, unless it is set; does nothing where the C
   * library has no {@code setenv(3)}.
   */
  public static void setIfAbsent(String name, String value) {
    Linker linker = Linker.nativeLinker();
    Optional<MethodHandle> setter =
        linker
            .defaultLookup()
            .find("setenv")
            .map(
                address ->
                    linker.downcallHandle(
                        address, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT)));
    if (setter.isEmpty()) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      int _ =
          (int) setter.get().invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("setenv", e);
    }
  }
}
