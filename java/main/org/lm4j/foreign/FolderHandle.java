package org.lm4j.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * An exclusive lock on a folder itself, by {@code flock(2)}. Unlike a lock on a file in the folder
 * it cannot be lost by deleting or replacing that file. The system releases it when the process
 * ends. Windows, where an open file cannot be deleted, has no such call.
 */
public final class FolderHandle implements AutoCloseable {
  private static final int READ_ONLY = 0;
  private static final int EXCLUSIVE_NOW = 2 | 4; // LOCK_EX | LOCK_NB
  private static final Set<Integer> WOULD_BLOCK = Set.of(11, 35); // EAGAIN of Linux, of macOS
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO =
      STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  private final int descriptor;

  private FolderHandle(int descriptor) {
    this.descriptor = descriptor;
  }

  /** The outcome of an attempt. */
  public enum State {
    /** The lock was taken. */
    LOCKED,
    /** Another process holds it, or another handle in this one. */
    HELD,
    /**
     * The system or the file system does not support such locks, or the folder cannot be opened.
     */
    UNSUPPORTED
  }

  /**
   * The result of an attempt.
   *
   * @param handle the lock; present if the state is LOCKED
   */
  public record Attempt(State state, Optional<FolderHandle> handle) {}

  /** Tries to lock a folder, without waiting. */
  public static Attempt lock(Path folder) {
    if (System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows")) {
      return new Attempt(State.UNSUPPORTED, Optional.empty());
    }
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle open =
          bind(
              "open",
              FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
              Linker.Option.firstVariadicArg(2));
      int descriptor = (int) open.invokeExact(arena.allocateFrom(folder.toString()), READ_ONLY);
      if (descriptor < 0) {
        return new Attempt(State.UNSUPPORTED, Optional.empty());
      }
      FolderHandle handle = new FolderHandle(descriptor);
      MemorySegment state = arena.allocate(STATE);
      MethodHandle flock =
          bind(
              "flock",
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT),
              Linker.Option.captureCallState("errno"));
      if ((int) flock.invokeExact(state, descriptor, EXCLUSIVE_NOW) == 0) {
        return new Attempt(State.LOCKED, Optional.of(handle));
      }
      boolean held = WOULD_BLOCK.contains(state.get(ValueLayout.JAVA_INT, ERRNO));
      handle.close();
      return new Attempt(held ? State.HELD : State.UNSUPPORTED, Optional.empty());
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("flock", e);
    }
  }

  /** Releases the lock. */
  @Override
  public void close() {
    try {
      MethodHandle close = bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
      int _ = (int) close.invokeExact(descriptor);
    } catch (Throwable e) {
      throw NativeLibrary.unexpected("close", e);
    }
  }

  private static MethodHandle bind(
      String function, FunctionDescriptor type, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    SymbolLookup lookup = linker.defaultLookup();
    MemorySegment address =
        lookup
            .find(function)
            .orElseThrow(() -> new NativeException("the system has no function " + function));
    return linker.downcallHandle(address, type, options);
  }
}
