package org.lm4j.backend.openblas;

/** One thread's place in a recurrence, and the address sheets it hands to kernels. */
final class RnnStep {
  final GateRange range;
  final GateKernels.LstmStep lstm = new GateKernels.LstmStep();
  final GateKernels.GruStep gru = new GateKernels.GruStep();

  RnnStep(GateRange range) {
    this.range = range;
  }

  /** One for each thread of a split. */
  static RnnStep[] of(RnnSplit split) {
    RnnStep[] steps = new RnnStep[split.ranges().size()];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = new RnnStep(split.ranges().get(i));
    }
    return steps;
  }
}
