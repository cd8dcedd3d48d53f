package org.lm4j.backend.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Host memory for results and arguments that C wants by pointer, allocated once per binding and
 * kept as long as the process, as the library is: a call allocates nothing.
 */
public final class Scratch {
  /** Bytes, room for a text or for {@link #SLOTS} words. */
  public static final int BYTES = 1024;

  /** 64-bit words. */
  static final int SLOTS = BYTES / Long.BYTES;

  private static final int LONGEST_TEXT = 4096; // bytes read at most of a text of the library's

  private final MemorySegment memory = Arena.global().allocate(BYTES, Long.BYTES);

  /** Returns the address of word {@code slot}. */
  public long at(int slot) {
    return memory.address() + (long) slot * Long.BYTES;
  }

  /** Returns what a slot holds. */
  public long getLong(int slot) {
    return memory.getAtIndex(ValueLayout.JAVA_LONG, slot);
  }

  void setLong(int slot, long value) {
    memory.setAtIndex(ValueLayout.JAVA_LONG, slot, value);
  }

  /** Returns the C int at the start of word {@code slot}. */
  public int getInt(int slot) {
    return memory.get(ValueLayout.JAVA_INT, (long) slot * Long.BYTES);
  }

  /** Returns element {@code index} of an array of C ints that starts at word 0. */
  public int getInt32(int index) {
    return memory.getAtIndex(ValueLayout.JAVA_INT, index);
  }

  /** Sets a 32-bit element of the memory. */
  public void setInt32(int index, int value) {
    memory.setAtIndex(ValueLayout.JAVA_INT, index, value);
  }

  /** Returns the C float at the start of word {@code slot}. */
  float getFloat(int slot) {
    return memory.get(ValueLayout.JAVA_FLOAT, (long) slot * Long.BYTES);
  }

  /** Sets the float at the beginning of a slot. */
  public void setFloat(int slot, float value) {
    memory.set(ValueLayout.JAVA_FLOAT, (long) slot * Long.BYTES, value);
  }

  /** Clears the text, so that none of an older call remains if a call writes none. */
  public void clear() {
    memory.fill((byte) 0);
  }

  /** Returns the text that a call has written from word 0 on. */
  public String text() {
    return memory.getString(0);
  }

  /** Returns the text at an address the library returned; empty for null. */
  public static String textAt(long address) {
    return address == 0
        ? ""
        : MemorySegment.ofAddress(address).reinterpret(LONGEST_TEXT).getString(0);
  }
}
