package org.lm4j.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StepGraphTest {
  @Test
  void whatACellHasFollowsFromItsEquations() {
    assertThat(Cell.LSTM.gateNames()).containsExactly("i", "f", "g", "o");
    assertThat(Cell.LSTM.hasCellState()).isTrue();
    assertThat(Cell.GRU.gateNames()).containsExactly("r", "z", "n");
    assertThat(Cell.GRU.hasCellState()).isFalse();
    assertThat(Cell.GRU.hasRecurrentWeights()).isTrue();
    assertThat(Cell.RNN_TANH.gates()).isEqualTo(1);
  }

  @Test
  void theEquationsCanBeRead() {
    assertThat(Cell.LSTM.equations().lines())
        .containsExactly(
            "i = σ(W_i x[t] + b_i + U_i h[t-1] + bU_i)",
            "f = σ(W_f x[t] + b_f + U_f h[t-1] + bU_f)",
            "g = tanh(W_g x[t] + b_g + U_g h[t-1] + bU_g)",
            "o = σ(W_o x[t] + b_o + U_o h[t-1] + bU_o)",
            "c[t] = f ⊙ c[t-1] + i ⊙ g",
            "h[t] = o ⊙ tanh(f ⊙ c[t-1] + i ⊙ g)");
    assertThat(Cell.GRU.equations().lines())
        .endsWith(
            "n = tanh(W_n x[t] + b_n + r ⊙ (U_n h[t-1] + bU_n))",
            "h[t] = (1 - z) ⊙ n + z ⊙ h[t-1]");
  }

  @Test
  void aLeafIsOneNodeAndOnlyWhatSeesTheStateIsPerStep() {
    StepGraph graph =
        StepGraph.of(s -> s.next(s.input("a").plus(s.input("a")).times(s.h().oneMinus())));
    assertThat(graph.nodes().stream().map(StepGraph.Node::op))
        .containsExactly(
            StepGraph.Op.INPUT,
            StepGraph.Op.ADD,
            StepGraph.Op.HIDDEN,
            StepGraph.Op.ONE_MINUS,
            StepGraph.Op.MULTIPLY);
    assertThat(graph.nodes().stream().map(StepGraph.Node::perStep))
        .containsExactly(false, false, true, true, true);
  }

  @Test
  void equationsHaveToSetTheNextState() {
    assertThatThrownBy(() -> StepGraph.of(s -> s.sum("h").tanh()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("state after the step");
    assertThatThrownBy(() -> StepGraph.of(s -> s.next(s.c().tanh())))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theEquationsOfACellCannotBeChanged() {
    StepGraph equations = Cell.GRU.equations();
    assertThatThrownBy(() -> equations.input("q"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the equations are complete");
    assertThatThrownBy(equations::h).isInstanceOf(IllegalStateException.class);
    assertThat(Cell.GRU.gates()).isEqualTo(3);
  }
}
