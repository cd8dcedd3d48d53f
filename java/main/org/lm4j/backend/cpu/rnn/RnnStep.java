package org.lm4j.backend.cpu.rnn;

import java.util.List;
import org.lm4j.backend.cpu.kernel.GateKernels;
import org.lm4j.backend.cpu.kernel.GateRange;
import org.lm4j.backend.cpu.kernel.GateShape;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.Cell;

/** One thread's place in a recurrence, and the addresses of the step it is at. */
public final class RnnStep {
  /** The part of the layer that the thread computes. */
  public final GateRange range;

  /**
   * The address of the gates, which are also the input's part of the pre-activations before, unless
   * {@link #table} holds that.
   */
  public long z;

  /** The address of rows of the input's part of the pre-activations; 0 if {@link #z} holds them. */
  public long table;

  /** The address of the number of the table's row for each sequence; 0 if they are in order. */
  public long ids;

  /** The address of the recurrent part of the pre-activations. */
  public long zh;

  /** The address of the bias, a row of pre-activations. */
  public long bias;

  /** The address of the GRU's second bias of the n gate, a row of cell states. */
  public long biasHidden;

  /** The address of the hidden state before the step. */
  public long hPrev;

  /** The address of the hidden state after the step. */
  public long h;

  /** The address of the cell state before the step; only for the LSTM, as the two below. */
  public long cPrev;

  /** The address of the cell state after the step. */
  public long c;

  /** The address of the tanh of that. */
  public long tanhC;

  private final GateKernels.ElmanStep elman = new GateKernels.ElmanStep();
  final GateKernels.LstmStep lstm = new GateKernels.LstmStep();
  final GateKernels.GruStep gru = new GateKernels.GruStep();

  RnnStep(GateRange range) {
    this.range = range;
  }

  /** Returns whether there are kernels for {@code cell}. */
  public static boolean supports(Cell cell) {
    return switch (cell) {
      case RNN_TANH, RNN_RELU, LSTM, GRU -> true;
      default -> false;
    };
  }

  static IllegalArgumentException unsupported(Cell cell) {
    return new IllegalArgumentException("there are no kernels for the cell " + cell.label());
  }

  /** Makes the next steps write states alone, and no gates: nothing follows that needs them. */
  void withoutGates() {
    lstm.keeps = false;
  }

  /** Returns one step of a decoder for each range, which writes states alone. */
  public static RnnStep[] forDecoding(List<GateRange> ranges) {
    RnnStep[] steps = of(new RnnSplit(true, ranges));
    for (RnnStep step : steps) {
      step.withoutGates();
    }
    return steps;
  }

  /** Returns one step for each thread of a split. */
  public static RnnStep[] of(RnnSplit split) {
    RnnStep[] steps = new RnnStep[split.ranges().size()];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = new RnnStep(split.ranges().get(i));
    }
    return steps;
  }

  /** Computes states from pre-activations, for the units of this thread's range. */
  public void forward(GateShape shape, Cell cell) {
    GateKernels kernels = Kernels.GATES;
    switch (cell) {
      case RNN_TANH, RNN_RELU -> {
        from(elman);
        elman.z = z;
        elman.zh = zh;
        elman.bias = bias;
        kernels.rnnForward(shape, range, cell == Cell.RNN_RELU, elman, h);
      }
      case LSTM -> {
        from(lstm);
        lstm.z = z;
        lstm.zh = zh;
        lstm.bias = bias;
        lstm.cPrev = cPrev;
        lstm.c = c;
        lstm.tanhC = tanhC;
        kernels.lstmForward(shape, range, lstm, h);
      }
      case GRU -> {
        from(gru);
        gru.zx = z;
        gru.zh = zh;
        gru.bias = bias;
        gru.biasH = biasHidden;
        gru.hPrev = hPrev;
        kernels.gruForward(shape, range, gru, h);
      }
      default -> throw unsupported(cell);
    }
  }

  private void from(GateKernels.Input input) {
    input.table = table;
    input.ids = ids;
  }
}
