package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.job.WorkerTeam;
import org.lm4j.backend.cpu.panel.Bf16Panels;
import org.lm4j.backend.cpu.panel.FloatPanels;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;

/** The input's products of a vocabulary that is too large for a table of all of its tokens. */
class KeptProjectionsTest {
  private static final int VOCABULARY = 2100;
  private static final int UNITS = 200; // a table of all would have 2100 · 1024 floats
  private static final RnnSpec SPEC = new RnnSpec(Cell.LSTM, 20, UNITS, 1, 0);

  @Test
  void someTokensAreKeptEachInThePlaceOfAnother() {
    try (CpuBackend backend = CpuBackend.open(1);
        RandomTokenModel model = new RandomTokenModel(backend, SPEC, VOCABULARY, 3);
        TokenBuffers buffers =
            new TokenBuffers(model.model(), RowPanels.of(FloatPanels.INSTANCE), false);
        TokenBuffers several =
            TokenBuffers.wholly(model.model(), RowPanels.of(FloatPanels.INSTANCE))) {
      assertThat(several.keepsProjections).isFalse();
      assertThat(buffers.keepsProjections).isTrue();
      int places = places(buffers);
      assertThat(places).isEqualTo((1 << 21) / buffers.shape.zStride());
      assertThat(buffers.known(3) || buffers.known(0)).isFalse();
      buffers.setKnown(3);
      assertThat(buffers.known(3)).isTrue();
      buffers.setKnown(3 + places);
      assertThat(buffers.known(3)).isFalse();
      assertThat(buffers.known(3 + places)).isTrue();
    }
  }

  private static int places(TokenBuffers buffers) {
    int places = 1;
    while (buffers.projection(places) != buffers.projection(0)) {
      places++;
    }
    return places;
  }

  /** Tokens that take each other's places have the logits that they have where none is kept. */
  @Test
  void logitsDoNotDependOnWhatIsKept() {
    for (RowPanels numbers :
        new RowPanels[] {RowPanels.of(FloatPanels.INSTANCE), RowPanels.of(Bf16Panels.fastest())}) {
      int[] tokens = {1, 2049, 1, 1, 2049, 0, 2048, 0};
      double[][] found = new double[tokens.length][VOCABULARY];
      double[] expected = new double[VOCABULARY];
      try (CpuBackend backend = CpuBackend.open(1);
          WorkerTeam team = new WorkerTeam(1);
          RandomTokenModel model = new RandomTokenModel(backend, SPEC, VOCABULARY, 3)) {
        try (CpuDecoder decoder = new CpuDecoder(team, null, numbers, model.model())) {
          for (int i = 0; i < tokens.length; i++) {
            decoder.reset();
            decoder.read(tokens[i]);
            decoder.logits(found[i]);
          }
        }
        for (int i = 0; i < tokens.length; i++) {
          try (CpuDecoder fresh = new CpuDecoder(team, null, numbers, model.model())) {
            fresh.read(tokens[i]);
            fresh.logits(expected);
          }
          assertThat(found[i]).as("token %d", tokens[i]).isEqualTo(expected);
        }
      }
    }
  }
}
