package org.lm4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class HostStorageTest {
  private static final long BYTES = 1 << 20;

  @Test
  void pieceOfAnArenaIsClosedAtOnceAndFreedWithTheArena() {
    long before = MemoryBudget.allocated();
    Arena arena = Arena.ofShared();
    HostStorage one = new HostStorage(BYTES, arena);
    HostStorage other = new HostStorage(BYTES, arena);
    MemorySegment memory = one.segment();
    assertThat(MemoryBudget.allocated()).isEqualTo(before + 2 * BYTES);
    one.close();
    one.close();
    assertThatThrownBy(one::segment).isInstanceOf(IllegalStateException.class);
    assertThat(MemoryBudget.allocated()).isEqualTo(before + BYTES);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, BYTES - 1)).isZero();
    other.close();
    arena.close();
    assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThat(MemoryBudget.allocated()).isEqualTo(before);
  }
}
