package org.lm4j.foreign;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Locale;

/**
 * Machine code that this program has written, ready to be called. Its memory is first writable and
 * then executable, never both, and stays until the process ends.
 *
 * <p>Code follows the calling convention of Linux on x86-64, "System V Application Binary
 * Interface, AMD64 Architecture Processor Supplement": parameters in rdi, rsi, rdx, rcx, r8, r9 and
 * then on the stack, the result in rax; rbx, rbp and r12 to r15 are preserved.
 */
public final class CodePage {
  /** Parameters of {@link #call()}. A function with fewer ignores the last ones. */
  public static final int PARAMETERS = 10;

  private static final long PAGE = 4096;
  private static final int READ = 1;
  private static final int WRITE = 2;
  private static final int EXECUTE = 4;
  private static final long REFUSED = -1;

  private final long address;
  private final long size;

  /** The two functions of the system that are needed. */
  interface Pages {
    /** Returns the address of new zeroed memory that can be read and written, or -1. */
    long map(long bytes);

    /** Sets what may be done with memory, bits 1 read, 2 write, 4 execute; returns 0 or -1. */
    long protect(long address, long bytes, int protection);

    /** Returns memory to the system. */
    void unmap(long address, long bytes);
  }

  private CodePage(long address, long size) {
    this.address = address;
    this.size = size;
  }

  /**
   * Writes code into memory and makes it executable.
   *
   * @throws NativeException if this is not Linux on x86-64, or the system refuses
   */
  public static CodePage of(byte[] code) {
    if (!hasConvention()) {
      throw new NativeException(
          "machine code is written for Linux on x86-64 only, not for "
              + System.getProperty("os.name")
              + " on "
              + System.getProperty("os.arch"));
    }
    return of(code, new LinuxPages());
  }

  /** Returns whether this is Linux on x86-64, whose calling convention {@link #call()} follows. */
  static boolean hasConvention() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    return os.startsWith("linux") && System.getProperty("os.arch").equals("amd64");
  }

  /** Creates a page with the given functions of the system. */
  static CodePage of(byte[] code, Pages pages) {
    long size = (code.length + PAGE - 1) / PAGE * PAGE;
    long address = pages.map(size);
    if (address == REFUSED) {
      throw new NativeException("the system refused " + size + " bytes of memory for machine code");
    }
    MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(size);
    MemorySegment.copy(code, 0, memory, JAVA_BYTE, 0, code.length);
    if (pages.protect(address, size, READ | EXECUTE) != 0) {
      pages.unmap(address, size);
      throw new NativeException("the system refused to make memory executable");
    }
    return new CodePage(address, size);
  }

  /** Returns where the code at an offset lies, for {@link #call()}. */
  public MemorySegment at(long offset) {
    if (offset < 0 || offset >= size) {
      throw new IllegalArgumentException("offset " + offset + " of " + size + " bytes of code");
    }
    return MemorySegment.ofAddress(address + offset);
  }

  /**
   * Returns the handle that calls code, of type {@code (MemorySegment, long × PARAMETERS) → long}.
   * There is one for all functions, since each further type of call costs milliseconds at start.
   * Kept in a static final field it compiles to a plain call.
   */
  public static MethodHandle call() {
    return Caller.CALL;
  }

  /** Apart, since a process that runs no machine code need not link it. */
  private static final class Caller {
    static final MethodHandle CALL = link();

    private static MethodHandle link() {
      MemoryLayout[] parameters = new MemoryLayout[PARAMETERS];
      Arrays.fill(parameters, JAVA_LONG);
      return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_LONG, parameters));
    }
  }

  /** The functions of the C library. */
  private static final class LinuxPages implements Pages {
    private static final long PRIVATE_ANONYMOUS = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS

    @Override
    public long map(long bytes) {
      return call("mmap", 0, bytes, READ | WRITE, PRIVATE_ANONYMOUS, -1);
    }

    @Override
    public long protect(long address, long bytes, int protection) {
      return (int) call("mprotect", address, bytes, protection, 0, 0);
    }

    @Override
    public void unmap(long address, long bytes) {
      call("munmap", address, bytes, 0, 0, 0);
    }

    private static long call(String name, long a, long b, long c, long d, long e) {
      MemorySegment function =
          Linker.nativeLinker()
              .defaultLookup()
              .find(name)
              .orElseThrow(() -> new NativeException("the C library has no " + name + "()"));
      try {
        return (long) Caller.CALL.invokeExact(function, a, b, c, d, e, 0L, 0L, 0L, 0L, 0L);
      } catch (Throwable t) {
        throw NativeLibrary.unexpected(name, t);
      }
    }
  }
}
