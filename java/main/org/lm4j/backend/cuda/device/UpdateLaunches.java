package org.lm4j.backend.cuda.device;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cuda.driver.Kernel;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.Tensor;

/** Records launches of the optimizers' kernels; {@code native/cuda/updates.cuh} documents them. */
public final class UpdateLaunches {
  private final Launches launches;

  /** Creates launches of optimizer steps. */
  public UpdateLaunches(Launches launches) {
    this.launches = launches;
  }

  /** The addresses of an optimizer's step; 0 for values that the rule does not have. */
  private record Buffers(long w, long g, long first, long second, long gradientScale, long n) {}

  /** Records {@link org.lm4j.compute.Backend#update}. */
  public void update( // as the operation
      UpdateRule rule,
      Tensor w,
      Tensor g,
      List<Tensor> moments,
      @Nullable Tensor gradientScale,
      double learningRate,
      long step) {
    if (w.size() == 0) {
      return;
    }
    Buffers of =
        new Buffers(
            w.address(),
            g.address(),
            moments.isEmpty() ? 0 : moments.get(0).address(),
            moments.size() < 2 ? 0 : moments.get(1).address(),
            gradientScale == null ? 0 : gradientScale.address(),
            w.size());
    record(rule, of, learningRate, step);
  }

  private void record(UpdateRule rule, Buffers of, double learningRate, long step) {
    double decay = rule.weightDecay();
    switch (rule) {
      case UpdateRule.Sgd sgd -> {
        CommandList command =
            launches.linear(Kernel.UPDATE_SGD, of.n, 4).add(of.w).add(of.g).add(of.first);
        scaled(command, of)
            .add(sgd.nesterov() ? 1 : 0)
            .add(launches.scalars(learningRate, decay, sgd.momentum(), step == 1 ? 1 : 0));
      }
      case UpdateRule.RmsProp rms -> {
        CommandList command =
            launches.linear(Kernel.UPDATE_RMSPROP, of.n, 5).add(of.w).add(of.g).add(of.first);
        double alpha = rms.alpha();
        scaled(command, of)
            .add(launches.scalars(learningRate, decay, alpha, 1 - alpha, rms.epsilon()));
      }
      case UpdateRule.AdaGrad ada -> {
        CommandList command =
            launches.linear(Kernel.UPDATE_ADAGRAD, of.n, 3).add(of.w).add(of.g).add(of.first);
        scaled(command, of).add(launches.scalars(learningRate, decay, ada.epsilon()));
      }
      case UpdateRule.Adam adam -> {
        CommandList command = launches.linear(Kernel.UPDATE_ADAM, of.n, 9);
        command.add(of.w).add(of.g).add(of.first).add(of.second);
        double beta1 = adam.beta1();
        double beta2 = adam.beta2();
        double root = 1 / Math.sqrt(1 - Math.pow(beta2, (double) step));
        scaled(command, of)
            .add(
                launches.scalars(
                    learningRate / (1 - Math.pow(beta1, (double) step)),
                    adam.decoupled() ? 0 : decay,
                    adam.decoupled() ? 1 - learningRate * decay : 1,
                    beta1,
                    1 - beta1,
                    beta2,
                    1 - beta2,
                    root,
                    adam.epsilon()));
      }
      case UpdateRule.Anchored anchored -> {
        CommandList command = launches.linear(Kernel.UPDATE_ANCHORED, of.n, 3);
        command.add(of.w).add(of.g).add(of.first).add(of.second);
        scaled(command, of)
            .add(launches.scalars(learningRate, anchored.decay(), anchored.epsilon()));
      }
    }
  }

  /** Continues behind the moments: scale of the gradient, no copy in bfloat16, size. */
  private static CommandList scaled(CommandList command, Buffers of) {
    return command.add(of.gradientScale).add(0).add(of.n);
  }
}
