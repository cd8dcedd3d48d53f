package org.lm4j.backend.cpu.kernel;

/**
 * Optimizer steps over {@code n} floats: {@code w} and moments are updated, {@code g} is zeroed.
 * The rules are those of {@link org.lm4j.compute.update.UpdateRule}.
 */
public interface UpdateKernels {
  /** Makes a step of SGD with momentum buffer {@code m}, or without one if {@code m} is 0. */
  void sgd(UpdateStep s, long n, long w, long g, long m);

  /** Makes a step of RMSProp with mean of squares {@code v}. */
  void rmsProp(UpdateStep s, long n, long w, long g, long v);

  /** Makes a step of AdaGrad with sum of squares {@code v}. */
  void adaGrad(UpdateStep s, long n, long w, long g, long v);

  /** Makes a step of Adam or AdamW with moments {@code m} and {@code v}. */
  void adam(UpdateStep s, long n, long w, long g, long m, long v);

  /** Makes a step of dynamic evaluation with trained weights {@code m} and roots {@code r}. */
  void anchored(UpdateStep s, long n, long w, long g, long m, long r);
}
