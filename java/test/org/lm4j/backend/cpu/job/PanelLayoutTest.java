package org.lm4j.backend.cpu.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.kernel.ProductKernels;

class PanelLayoutTest {
  private static final int LANES = 8;

  @Test
  void panelsCoverAllColumnsOnceAndPadLittle() {
    PanelLayout layout = new PanelLayout(LANES);
    for (int n = 1; n <= 400; n++) {
      layout.cut(n, true);
      covers(layout, n, 4 * LANES);
      layout.cut(n, false);
      covers(layout, n, n > 5 * LANES ? LANES : 3 * LANES);
      layout.cutNarrow(n);
      covers(layout, n, n > 5 * LANES ? LANES : 3 * LANES);
    }
  }

  private static void covers(PanelLayout layout, int n, int padding) {
    int next = 0;
    int written = 0;
    for (int p = 0; p < layout.count(); p++) {
      assertThat(layout.first(p)).as("columns %d", n).isEqualTo(next);
      next += layout.valid(p);
      written += layout.vectors(p) * LANES;
      assertThat(layout.valid(p)).as("columns %d", n).isPositive();
    }
    assertThat(next).isEqualTo(n);
    assertThat(written - n).as("padding of %d columns", n).isLessThan(padding);
  }

  @Test
  void narrowPanelsArePreferred() {
    PanelLayout layout = new PanelLayout(LANES);
    layout.cutNarrow(16 * LANES);
    assertThat(layout.count()).isEqualTo(5);
    assertThat(layout.vectors(0)).isEqualTo(ProductKernels.PANEL_VECTORS);
    for (int p = 1; p < 5; p++) {
      assertThat(layout.vectors(p)).isEqualTo(ProductKernels.NARROW_VECTORS);
    }
  }
}
