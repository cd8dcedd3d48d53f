package org.lm4j.backend.cpu.rnn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.kernel.GateShape;

/** How threads divide a recurrence. */
final class RnnSplitTest {
  private static final GateShape WIDE = GateShape.of(512, 4, 16);
  private static final long BF16_BYTES = 512 * 2048 * 2;

  @Test
  void scoresManyWideRowsWithoutWaiting() {
    assertThat(RnnSplit.of(WIDE, 64, 2, Long.MAX_VALUE).byUnits()).isTrue();
    RnnSplit split = RnnSplit.of(WIDE, 64, 2, BF16_BYTES);
    assertThat(split.byUnits()).isFalse();
    assertThat(split.mostRows()).isEqualTo(32);
  }

  @Test
  void sharesWeightsAmongFewRows() {
    assertThat(RnnSplit.of(WIDE, 20, 2, BF16_BYTES).byUnits()).isTrue();
    assertThat(RnnSplit.of(WIDE, 64, 16, BF16_BYTES).byUnits()).isTrue();
  }

  @Test
  void sharesWeightsThatTakeLongToCome() {
    assertThat(RnnSplit.of(WIDE, 64, 2, 4 * BF16_BYTES).byUnits()).isTrue();
  }
}
