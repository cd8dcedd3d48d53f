package org.lm4j.train;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BackendException;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Checks what a model computed before it is printed or saved: nothing rests on what is not a
 * number.
 */
public final class Finite {
  private Finite() {}

  /**
   * Checks a loss.
   *
   * @throws BackendException if it is not a finite number
   */
  public static void loss(double loss) {
    require("loss", loss);
  }

  /**
   * Checks the scores or probabilities of an answer.
   *
   * @throws BackendException if one is not a finite number
   */
  public static void scores(double... scores) {
    for (double score : scores) {
      require("score", score);
    }
  }

  private static void require(String what, double value) {
    if (!Double.isFinite(value)) {
      throw new BackendException(
          ("a %s is %s, not a finite number: weights or inputs are too large for the arithmetic of"
                  + " this device; see whether the reference device, which computes in float64, can do"
                  + " it")
              .formatted(what, value));
    }
  }

  /**
   * Checks that everything a run saves is finite, since an update can make weights infinite after
   * the loss was computed.
   */
  static final class State implements AutoCloseable {
    private final TrainingTask task;
    private final WeightUpdate optimizer;
    private final Backend backend;
    private final HostStorage storage = new HostStorage(2L * DType.F64.bytes());
    private final Tensor onHost = new Tensor(storage, 0, Shape.of(2), DType.F64);
    private final Tensor onDevice; // (2), as the backend writes it
    private double weightsNorm;

    State(TrainingTask task, WeightUpdate optimizer) {
      this.task = task;
      this.optimizer = optimizer;
      this.backend = task.backend();
      this.onDevice = backend.allocate(2);
    }

    /** Returns what is wrong with weights, moments or carried state; null if all are finite. */
    @Nullable String broken() {
      String found = broken(task.parameters().values(), "weights");
      weightsNorm = onHost.get(0);
      for (Tensor moment : optimizer.moments()) {
        found = found == null ? broken(moment, "optimizer's averages") : found;
      }
      for (Map.Entry<String, Tensor> part : task.carried().entrySet()) {
        found = found == null ? broken(part.getValue(), "carried state") : found;
      }
      return found;
    }

    /** Returns the norm of the weights as they were last checked. */
    double weightsNorm() {
      return weightsNorm;
    }

    /**
     * Returns what is wrong with a tensor, by its norm, which is NaN or infinite if one of its
     * elements is, or is too large; null if it is finite.
     */
    @Nullable String broken(Tensor tensor, String what) {
      backend.gradientNorm(tensor, Double.POSITIVE_INFINITY, onDevice);
      backend.download(onDevice, onHost);
      return Double.isFinite(onHost.get(0))
          ? null
          : "norm of the " + what + " became " + onHost.get(0);
    }

    @Override
    public void close() {
      onDevice.storage().close();
      storage.close();
    }
  }
}
