package org.lm4j.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** An open native library. */
public final class NativeLibrary {
  private static final int LONGEST_TEXT = 4096; // longest C string, in bytes

  private final String name;
  private final SymbolLookup symbols;

  private NativeLibrary(String name, SymbolLookup symbols) {
    this.name = name;
    this.symbols = symbols;
  }

  /**
   * Opens the library in a file.
   *
   * @throws NativeException if there is no such file, or the system's loader refuses it
   */
  public static NativeLibrary open(Path file) {
    Path path = file.toAbsolutePath().normalize();
    if (!Files.isRegularFile(path)) {
      throw new NativeException("there is no library file " + path);
    }
    try {
      return new NativeLibrary(path.toString(), SymbolLookup.libraryLookup(path, Arena.global()));
    } catch (IllegalArgumentException e) {
      throw new NativeException(
          path
              + " cannot be loaded: it is not a shared library for "
              + System.getProperty("os.arch")
              + ", or a library it needs is missing (ldd "
              + path
              + " lists them)",
          e);
    }
  }

  /**
   * Opens a library by the name known to the system's loader, such as {@code libopenblas.so.0}.
   *
   * @throws NativeException if the loader does not find it or refuses it
   */
  public static NativeLibrary open(String soname) {
    try {
      return new NativeLibrary(soname, SymbolLookup.libraryLookup(soname, Arena.global()));
    } catch (IllegalArgumentException e) {
      throw new NativeException("the system's loader finds no " + soname, e);
    }
  }

  /** Returns the path or name it was opened by. */
  public String name() {
    return name;
  }

  /** Returns whether it has a symbol of this name. */
  public boolean has(String function) {
    return symbols.find(function).isPresent();
  }

  /**
   * Returns the address of a variable or function.
   *
   * @throws NativeException if the library lacks it
   */
  public long address(String symbol) {
    return symbols
        .find(symbol)
        .orElseThrow(() -> new NativeException(name + " has no symbol " + symbol))
        .address();
  }

  /**
   * Binds a function for calling.
   *
   * @throws NativeException if the library lacks it
   */
  public MethodHandle function(String function, FunctionDescriptor type) {
    MemorySegment address =
        symbols
            .find(function)
            .orElseThrow(() -> new NativeException(name + " has no function " + function + "()"));
    return Linker.nativeLinker().downcallHandle(address, type);
  }

  /** Binds a function for calling, by its prototype. */
  public MethodHandle function(Prototype prototype) {
    return function(prototype.name(), prototype.type());
  }

  /** Calls a function {@code char *f(void)}; empty if the library lacks it. */
  public Optional<String> text(String function) {
    if (!has(function)) {
      return Optional.empty();
    }
    try {
      MethodHandle handle = function(function, FunctionDescriptor.of(ValueLayout.ADDRESS));
      MemorySegment text = (MemorySegment) handle.invokeExact();
      return text.address() == 0
          ? Optional.empty()
          : Optional.of(text.reinterpret(LONGEST_TEXT).getString(0));
    } catch (Throwable e) {
      throw unexpected(function, e);
    }
  }

  /**
   * Returns what a binding throws for what was thrown during its downcall. What the call itself can
   * throw, for a wrong Java-side type, is unchecked, and so is what the binding throws for a
   * status: both are returned as they are. A checked exception, which the signature of method
   * handles allows, is wrapped.
   *
   * @throws Error if one was thrown
   */
  public static RuntimeException unexpected(String function, Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return thrown instanceof RuntimeException unchecked
        ? unchecked
        : new NativeException("calling " + function + "() failed: " + thrown, thrown);
  }
}
