package org.lm4j.backend.nccl;

import org.lm4j.backend.cuda.device.DeviceRanks;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.parallel.TensorSum;
import org.lm4j.tensor.Tensor;

/**
 * Sums tensors on the GPUs. A sparse gradient is summed whole: its other rows are zero in every
 * process, and picking rows takes longer than a fast network takes for them.
 */
final class NcclSum implements TensorSum {
  private final DeviceRanks gpus;

  NcclSum(DeviceRanks gpus) {
    this.gpus = gpus;
  }

  @Override
  public void sum(Tensor x) {
    gpus.sum(x);
  }

  @Override
  public void sum(SparseGradient gradient) {
    gpus.sum(gradient.flat());
  }

  @Override
  public void close() {
    // The connection stays for other sums.
  }
}
