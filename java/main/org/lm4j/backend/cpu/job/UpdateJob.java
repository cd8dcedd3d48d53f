package org.lm4j.backend.cpu.job;

import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cpu.kernel.UpdateKernels;
import org.lm4j.backend.cpu.kernel.UpdateStep;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.compute.update.UpdateRule;

/** One optimizer step over a flat buffer, shared among the team. */
public final class UpdateJob extends SlicedJob {
  private static final int LINE = 16; // floats of a cache line

  private final UpdateStep numbers = new UpdateStep();
  private UpdateRule rule = new UpdateRule.Sgd(0, false, 0);
  private long w;
  private long g;
  private long first;
  private long second;
  private SparseGradient.@Nullable Table table; // null for all of a buffer

  UpdateJob(WorkerTeam team) {
    super(team);
  }

  /** Returns the numbers of the step to come. */
  public UpdateJob by(UpdateRule which, float scale, double learningRate, long number) {
    rule = which;
    numbers.set(which, scale, learningRate, number);
    return this;
  }

  /** Runs over {@code n} parameters; moments the rule does not keep are 0. */
  public void run(long n, long weights, long gradient, long firstMoment, long secondMoment) {
    w = weights;
    g = gradient;
    first = firstMoment;
    second = secondMoment;
    table = null;
    start(n, LINE, n);
  }

  /** Runs over the touched rows of a table; the addresses are those of flat buffers. */
  public void run(
      SparseGradient.Table rows, long weights, long gradient, long firstMoment, long secondMoment) {
    w = weights;
    g = gradient;
    first = firstMoment;
    second = secondMoment;
    table = rows;
    start(rows.touched().count(), 1, (long) rows.touched().count() * rows.width());
  }

  @Override
  protected void slice(long from, long to) {
    SparseGradient.Table rows = table;
    if (rows == null) {
      step(to - from, from * Float.BYTES);
      return;
    }
    for (long i = from; i < to; i++) {
      long row = rows.touched().row((int) i);
      step(rows.width(), (rows.from() + row * rows.width()) * Float.BYTES);
    }
  }

  private void step(long n, long at) {
    UpdateKernels k = Kernels.updates();
    switch (rule) {
      case UpdateRule.Sgd sgd -> k.sgd(numbers, n, w + at, g + at, first == 0 ? 0 : first + at);
      case UpdateRule.RmsProp rms -> k.rmsProp(numbers, n, w + at, g + at, first + at);
      case UpdateRule.AdaGrad ada -> k.adaGrad(numbers, n, w + at, g + at, first + at);
      case UpdateRule.Adam adam -> k.adam(numbers, n, w + at, g + at, first + at, second + at);
      case UpdateRule.Anchored _ -> k.anchored(numbers, n, w + at, g + at, first + at, second + at);
    }
  }
}
