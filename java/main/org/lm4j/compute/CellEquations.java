package org.lm4j.compute;

import org.lm4j.compute.StepGraph.Term;

/**
 * The equations of each cell, one step, forward; {@link StepGraph} has the letters. Gradients are
 * derived from them. A backend that has a fast form of a cell does not come here.
 */
final class CellEquations {
  private CellEquations() {}

  /** The equation of Elman 1990: {@code h' = tanh(W x + b + U h + bU)}. */
  static void elmanTanh(StepGraph s) {
    s.next(s.sum("h").tanh());
  }

  /** The equation of the Elman cell with {@code max(0, ·)} in place of tanh. */
  static void elmanRelu(StepGraph s) {
    s.next(s.sum("h").relu());
  }

  /** The equations of Hochreiter and Schmidhuber 1997, with a forget gate. */
  static void lstm(StepGraph s) {
    Term i = s.sum("i").sigmoid().as("i");
    Term f = s.sum("f").sigmoid().as("f");
    Term g = s.sum("g").tanh().as("g");
    Term o = s.sum("o").sigmoid().as("o");
    Term c = f.times(s.c()).plus(i.times(g));
    s.next(o.times(c.tanh()), c);
  }

  /** The equations of Cho et al. 2014, with the reset gate applied after the product with U. */
  static void gru(StepGraph s) {
    Term r = s.sum("r").sigmoid().as("r");
    Term z = s.sum("z").sigmoid().as("z");
    Term n = s.input("n").plus(r.times(s.recurrent("n"))).tanh().as("n");
    s.next(z.oneMinus().times(n).plus(z.times(s.h())));
  }

  /**
   * The equations of Feng et al., "Were RNNs All We Needed?", arXiv 2410.01201, 2024, the minGRU of
   * their section 3 before its move to log space: gate and candidate see the input alone, and the
   * candidate has no activation, since h stays within the range of the candidates anyway.
   */
  static void minGru(StepGraph s) {
    Term z = s.input("z").sigmoid().as("z");
    Term candidate = s.input("h").as("h~");
    s.next(z.oneMinus().times(s.h()).plus(z.times(candidate)));
  }
}
