package org.lm4j.cli.serve;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The signal SIGHUP, with which administrators ask servers to read their files again. A terminal
 * that closes sends it too, and its programs are expected to end.
 *
 * <p>The JDK handles signals by {@code sun.misc.Signal} alone. Its module, {@code jdk.unsupported},
 * is exported to all, but javac warns of each use in a way that nothing suppresses, and a warning
 * fails the build. So the names are looked up at run time.
 */
final class HangUp {
  private static final Path TERMINAL = Path.of("/dev/tty");
  private static final long SETTLE_MILLIS = 200; // until the system has taken a terminal away

  private HangUp() {}

  /**
   * Runs an action at each SIGHUP from now on, in a separate thread: {@code end} if the terminal of
   * this process has closed, {@code reload} at any other.
   *
   * @return false where this system has no such signal, or the JVM leaves it to others
   */
  static boolean handle(Runnable reload, Runnable end) {
    boolean hadTerminal = hasTerminal();
    return handle(
        () -> {
          if (hadTerminal && isTerminalClosed()) {
            end.run();
          } else {
            reload.run();
          }
        });
  }

  private static boolean handle(Runnable action) {
    MethodHandles.Lookup lookup = MethodHandles.publicLookup();
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      MethodHandle run =
          lookup.findVirtual(Runnable.class, "run", MethodType.methodType(void.class));
      Object handling =
          MethodHandleProxies.asInterfaceInstance(
              handler, MethodHandles.dropArguments(run.bindTo(action), 0, signal));
      Object hangUp =
          lookup
              .findConstructor(signal, MethodType.methodType(void.class, String.class))
              .invoke("HUP");
      lookup
          .findStatic(signal, "handle", MethodType.methodType(handler, signal, handler))
          .invoke(hangUp, handling);
      return true;
    } catch (IllegalArgumentException | ReflectiveOperationException e) {
      return false; // an unknown signal, one that the JVM was started without, or no such module
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) { // declared by invoke; the methods throw none
      throw new IllegalStateException(e);
    }
  }

  private static boolean isTerminalClosed() {
    try {
      Thread.sleep(SETTLE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !hasTerminal();
  }

  /** Returns whether the process has a terminal that can close. */
  private static boolean hasTerminal() {
    try (InputStream _ = Files.newInputStream(TERMINAL)) {
      return true;
    } catch (IOException e) { // there is none
      return false;
    }
  }
}
