package org.lm4j.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZeroedMemoryTest {
  private static final long ALIGNMENT = 64;

  @ParameterizedTest
  @ValueSource(
      longs = {0, 1, ZeroedMemory.LEAST - 1, ZeroedMemory.LEAST, 3 << 20, ZeroedMemory.MOST})
  void isZeroAndAlignedAlsoWhereItWasUsedBefore(long bytes) {
    for (int round = 0; round < 3; round++) {
      try (Arena arena = Arena.ofShared()) {
        MemorySegment memory = ZeroedMemory.allocate(arena, bytes, ALIGNMENT);
        assertThat(memory.byteSize()).isEqualTo(bytes);
        assertThat(memory.address() % ALIGNMENT).isZero();
        assertThat(memory.mismatch(MemorySegment.ofArray(new byte[(int) bytes]))).isEqualTo(-1);
        memory.fill((byte) 1);
      }
    }
  }

  @Test
  void isFreedWithItsArena() {
    MemorySegment memory;
    try (Arena arena = Arena.ofShared()) {
      memory = ZeroedMemory.allocate(arena, ZeroedMemory.LEAST, ALIGNMENT);
      assertThat(memory.scope()).isEqualTo(arena.scope());
    }
    assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
    Arena closed = Arena.ofShared();
    closed.close();
    assertThatThrownBy(() -> ZeroedMemory.allocate(closed, ZeroedMemory.LEAST, ALIGNMENT))
        .isInstanceOf(IllegalStateException.class);
  }
}
