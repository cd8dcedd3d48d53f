package org.lm4j.backend.cuda.device;

import org.lm4j.backend.cuda.driver.Kernel;
import org.lm4j.tensor.Tensor;

/** Records launches of the kernels that copy parts of tensors. */
public final class CopyLaunches {
  private final Launches launches;

  /** Creates launches of copies. */
  CopyLaunches(Launches launches) {
    this.launches = launches;
  }

  /** Records the copying of {@code width} columns of matrices of the same number of rows. */
  public void columns(Tensor source, int from, Tensor target, int to, int width) {
    int rows = source.shape().dim(0);
    if (rows > 0 && width > 0) {
      launches
          .rows(Kernel.COPY_COLUMNS, rows, width, 0)
          .add(source.address() + (long) from * Float.BYTES)
          .add(target.address() + (long) to * Float.BYTES)
          .add(rows)
          .add(width)
          .add(source.shape().dim(1))
          .add(target.shape().dim(1));
    }
  }

  /**
   * Records the copying of sequences {@code (S, B, D)} into {@code (T, B, D)} as far as each goes.
   */
  public void sequences(Tensor source, long lengths, boolean reversed, Tensor target) {
    int width = target.shape().dim(2);
    if (target.size() > 0) {
      launches
          .rows(Kernel.COPY_SEQUENCES, target.size() / width, width, 0)
          .add(source.address())
          .add(lengths)
          .add(target.address())
          .add(source.shape().dim(0))
          .add(target.shape().dim(0))
          .add(target.shape().dim(1))
          .add(width)
          .add(reversed ? 1 : 0);
    }
  }
}
