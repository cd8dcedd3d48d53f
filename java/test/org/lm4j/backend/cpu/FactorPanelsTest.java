package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.backend.cpu.panel.FloatPanels;
import org.lm4j.tensor.HostStorage;

/** Panels of float32 have the same words, whatever writes them. */
class FactorPanelsTest {
  private static final int ROWS = 400;

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "4, 100, 64", "3, 33, 17", "1, 97, 129", "4, 16, 15"})
  void gatesArePackedAsByColumns(int gates, int units, int depth) {
    GateShape shape = GateShape.of(units, gates, Kernels.GATES.lanes());
    assertSame(depth, GateShape.roundUp(gates * shape.cStride(), RowPanels.width()), shape::row);
  }

  @ParameterizedTest
  @CsvSource({"1, 5", "97, 100", "200, 16"})
  void aVocabularyIsPackedAsByColumns(int words, int depth) {
    int columns = GateShape.roundUp(words, RowPanels.width());
    assertSame(depth, columns, i -> i < words ? i : -1);
  }

  @Test
  void anyOtherOrderIsPackedToo() {
    int columns = 2 * RowPanels.width();
    assertSame(20, columns, i -> columns - 1 - i);
    assertSame(20, columns, i -> i % 3 == 1 ? -1 : i);
    assertSame(20, columns, i -> i < RowPanels.width() ? -1 : i);
  }

  private static void assertSame(int depth, int columns, IntUnaryOperator rowOf) {
    int width = RowPanels.width();
    RowPanels panels = RowPanels.of(FloatPanels.INSTANCE);
    long bytes = columns / width * panels.panelBytes(depth);
    try (HostStorage weights = new HostStorage((long) ROWS * depth * Float.BYTES);
        HostStorage packed = new HostStorage(bytes);
        HostStorage expected = new HostStorage(bytes)) {
      for (int i = 0; i < ROWS * depth; i++) {
        weights.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, i + 1);
      }
      packed.segment().fill((byte) 7);
      panels.pack(weights.address(), depth, columns, rowOf, packed.address());
      for (int column = 0; column < columns; column++) {
        int row = rowOf.applyAsInt(column);
        long at = column / width * panels.panelBytes(depth) / Float.BYTES + column % width;
        for (int i = 0; row >= 0 && i < depth; i++) {
          float weight =
              weights.segment().getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * depth + i);
          expected.segment().setAtIndex(ValueLayout.JAVA_FLOAT, at + (long) i * width, weight);
        }
      }
      assertThat(packed.segment().mismatch(expected.segment())).isEqualTo(-1);
    }
  }
}
