package org.lm4j.parallel.mpi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Deque;
import org.lm4j.parallel.Transfer;

/**
 * Memory that MPI sends or receives. Its handle is a pointer in some libraries and an integer in
 * others, and a status has 20 to 32 bytes: there is room for all of them.
 */
final class MpiTransfer implements Transfer {
  static final long FLAG = JAVA_LONG.byteSize();
  private static final long STATUS = 2 * JAVA_LONG.byteSize();
  static final long STATUS_BYTES = 64;
  private static final long BYTES = STATUS + STATUS_BYTES;

  private final Deque<MpiTransfer> free;
  private final MpiRanks ranks;
  private final MemorySegment memory;

  private MpiTransfer(Deque<MpiTransfer> free, MpiRanks ranks) {
    this.free = free;
    this.ranks = ranks;
    this.memory = Arena.ofAuto().allocate(BYTES, JAVA_LONG.byteSize());
  }

  /** Returns one that is free, or a new one; it is free again once it is done. */
  static MpiTransfer take(Deque<MpiTransfer> free, MpiRanks ranks) {
    MpiTransfer next = free.poll();
    return next == null ? new MpiTransfer(free, ranks) : next;
  }

  /** Returns the address of the handle. */
  long request() {
    return memory.address();
  }

  @Override
  public boolean isDone() {
    long at = memory.address();
    boolean done = ranks.test(at, memory.asSlice(FLAG, JAVA_INT), at + STATUS);
    if (done) {
      free.add(this);
    }
    return done;
  }
}
