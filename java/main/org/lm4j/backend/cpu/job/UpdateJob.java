package org.lm4j.backend.cpu.job;

import org.lm4j.backend.cpu.kernel.Kernels;
import org.lm4j.backend.cpu.kernel.UpdateKernels;
import org.lm4j.backend.cpu.kernel.UpdateStep;
import org.lm4j.compute.UpdateRule;

/** One optimizer step over a flat buffer, shared among the team. */
public final class UpdateJob extends SlicedJob {
  private static final int LINE = 16; // floats of a cache line

  private final UpdateStep step = new UpdateStep();
  private UpdateRule rule = new UpdateRule.Sgd(0, false, 0);
  private long w;
  private long g;
  private long first;
  private long second;

  UpdateJob(WorkerTeam team) {
    super(team);
  }

  /** Returns the numbers of the step to come. */
  public UpdateJob by(UpdateRule which, float scale, double learningRate, long number) {
    rule = which;
    step.set(which, scale, learningRate, number);
    return this;
  }

  /** Runs over {@code n} parameters; moments the rule does not keep are 0. */
  public void run(long n, long weights, long gradient, long firstMoment, long secondMoment) {
    w = weights;
    g = gradient;
    first = firstMoment;
    second = secondMoment;
    start(n, LINE, n);
  }

  @Override
  protected void slice(long from, long to) {
    long n = to - from;
    long at = from * Float.BYTES;
    UpdateKernels k = Kernels.UPDATES;
    switch (rule) {
      case UpdateRule.Sgd sgd -> k.sgd(step, n, w + at, g + at, first == 0 ? 0 : first + at);
      case UpdateRule.RmsProp rms -> k.rmsProp(step, n, w + at, g + at, first + at);
      case UpdateRule.AdaGrad ada -> k.adaGrad(step, n, w + at, g + at, first + at);
      case UpdateRule.Adam adam -> k.adam(step, n, w + at, g + at, first + at, second + at);
      case UpdateRule.Anchored _ -> k.anchored(step, n, w + at, g + at, first + at, second + at);
    }
  }
}
