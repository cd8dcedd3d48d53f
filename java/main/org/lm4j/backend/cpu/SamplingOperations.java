package org.lm4j.backend.cpu;

import org.lm4j.backend.cpu.job.Jobs;
import org.lm4j.compute.NegativeSamples;
import org.lm4j.compute.composed.ComposedBackend;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/** The operations of negative sampling in one pass over the vectors where they lie. */
abstract class SamplingOperations extends ComposedBackend {
  SamplingOperations() {
    super(DType.F32, true);
  }

  abstract Jobs jobs();

  @Override
  public void negativeSampling(NegativeSamples samples, Tensor dx, Tensor lossSum) {
    rowChecks.negativeSampling(samples, dx, lossSum);
    lossSum.set(0, jobs().samples().differentiate(samples, dx));
  }

  @Override
  public void negativeSamplingUpdate(NegativeSamples samples, double alpha, Tensor table) {
    rowChecks.negativeSamplingUpdate(samples, table);
    jobs().samples().update(samples, (float) alpha, table);
  }
}
