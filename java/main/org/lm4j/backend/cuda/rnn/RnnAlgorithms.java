package org.lm4j.backend.cuda.rnn;

import java.util.HashSet;
import java.util.Set;
import org.lm4j.backend.cuda.cudnn.CudnnRnn;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;

/**
 * The choice of cuDNN's algorithm for an RNN. Where there are few units, one persistent kernel for
 * all steps, which keeps the recurrent weights in registers and shared memory, is several times
 * faster than the launches for each step of the standard algorithm. The limits are those of cuDNN
 * 9.24, which PyTorch uses too; they do not depend on timing, so that every run gives the same
 * bits.
 *
 * <p>Where cuDNN refuses the persistent kernel all the same, the standard algorithm takes its
 * place, and for this shape it stays so as long as the backend is open.
 */
final class RnnAlgorithms {
  /** The direction of a pass: backward kernels support fewer units. */
  enum Direction {
    FORWARD(192, 384),
    BACKWARD(128, 256);

    private final int mostGated; // units of an LSTM or GRU
    private final int mostSimple; // units of an Elman network

    Direction(int mostGated, int mostSimple) {
      this.mostGated = mostGated;
      this.mostSimple = mostSimple;
    }
  }

  /** The passes that cuDNN runs: some neighbouring layers of a stack over windows of one shape. */
  record Passes(RnnSpec spec, int layers, int steps, int batch, Direction direction) {}

  private static final System.Logger LOG = System.getLogger(RnnAlgorithms.class.getName());

  private final boolean persistent;
  private final Set<Passes> refused = new HashSet<>();

  /** Creates the choice; with {@code persistent} off it is always the standard algorithm. */
  RnnAlgorithms(boolean persistent) {
    this.persistent = persistent;
  }

  /** Returns how many kinds of passes cuDNN refused so far. */
  int refusals() {
    return refused.size();
  }

  /** Returns {@code CUDNN_RNN_ALGO_…} for these passes. */
  int of(Passes passes) {
    RnnSpec spec = passes.spec();
    boolean gated = spec.cell() == Cell.LSTM || spec.cell() == Cell.GRU;
    int most = gated ? passes.direction().mostGated : passes.direction().mostSimple;
    return persistent && spec.hiddenSize() <= most && !refused.contains(passes)
        ? CudnnRnn.CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H
        : CudnnRnn.CUDNN_RNN_ALGO_STANDARD;
  }

  /** Remembers that cuDNN does not run these passes by the persistent kernel. */
  void refuse(Passes passes) {
    refused.add(passes);
    LOG.log(
        System.Logger.Level.DEBUG,
        "cuDNN refuses a persistent kernel, so that its standard algorithm is used: {0}",
        passes);
  }
}
