package org.lm4j.foreign;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/**
 * Zeroed memory outside the heap. The JDK zeroes it word by word in Java, which is slow until the
 * loop is compiled, and touches every page. The C library knows which pages are zero already.
 */
public final class ZeroedMemory {
  /** The least that is asked of the C library: below, the loop is short. */
  static final long LEAST = 1L << 16;

  /**
   * From here on memory is taken at once and not at its first use, so that what is left of it can
   * be told before the next piece is allocated.
   */
  static final long MOST = 16L << 20;

  private ZeroedMemory() {}

  /** Functions of the C library, linked at the first use. */
  private static final class Functions {
    static final MemorySegment CALLOC = find("calloc");
    static final MemorySegment FREE = find("free");

    private static MemorySegment find(String name) {
      SymbolLookup library = Linker.nativeLinker().defaultLookup();
      return library.find(name).orElse(MemorySegment.NULL);
    }

    static boolean found() {
      return CALLOC.address() != 0 && FREE.address() != 0;
    }
  }

  /**
   * Allocates memory that lives as long as an arena.
   *
   * @param alignment a power of two
   * @throws OutOfMemoryError if the system refuses it
   */
  public static MemorySegment allocate(Arena arena, long bytes, long alignment) {
    boolean large = bytes >= LEAST && bytes < MOST;
    return large && CodePage.hasConvention() && Functions.found()
        ? ofLibrary(arena, bytes, alignment)
        : arena.allocate(bytes, alignment);
  }

  private static MemorySegment ofLibrary(Arena arena, long bytes, long alignment) {
    long address = call(Functions.CALLOC, 1, bytes + alignment);
    if (address == 0) {
      throw new OutOfMemoryError("the system refused " + bytes + " bytes");
    }
    boolean owned = false;
    try {
      long aligned = (address + alignment - 1) & -alignment;
      MemorySegment memory =
          MemorySegment.ofAddress(aligned)
              .reinterpret(bytes, arena, all -> call(Functions.FREE, address, 0));
      owned = true;
      return memory;
    } finally {
      if (!owned) { // the arena is closed
        call(Functions.FREE, address, 0);
      }
    }
  }

  private static long call(MemorySegment function, long a, long b) {
    try {
      return (long) CodePage.call().invokeExact(function, a, b, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected("calloc() or free", t);
    }
  }
}
