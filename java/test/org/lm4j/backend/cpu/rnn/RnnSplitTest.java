package org.lm4j.backend.cpu.rnn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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

  @Test
  void stepsForwardAreDividedByAsFewUnitsAsHaveWholePanels() {
    assertThat(vectors(GateShape.of(200, 4, 16), 2)).containsExactly(6, 7); // not 8 and 5
    assertThat(vectors(GateShape.of(200, 3, 16), 2)).containsExactly(8, 5); // 4 are 3 panels
    assertThat(vectors(GateShape.of(200, 1, 16), 3)).containsExactly(4, 4, 5);
    assertThat(vectors(GateShape.of(20, 4, 16), 4)).containsExactly(0, 1, 0, 1);
    assertThat(RnnSplit.decodingGroups(GateShape.of(200, 4, 16))).isEqualTo(13);
    assertThat(RnnSplit.decodingGroups(GateShape.of(200, 3, 16))).isEqualTo(4);
  }

  private static List<Integer> vectors(GateShape shape, int parts) {
    return RnnSplit.forDecoding(shape, 1, parts).stream()
        .map(r -> r.vectorEnd() - r.vector())
        .toList();
  }
}
