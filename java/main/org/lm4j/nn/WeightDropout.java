package org.lm4j.nn;

import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Tensor;

/**
 * Dropout of recurrent weights: each {@code weight_hh} loses elements with probability {@code p}
 * for a whole window, the rest is scaled by {@code 1 / (1 - p)}. It keeps the step from state to
 * state from learning the text by heart, which dropout between layers does not reach. DropConnect
 * (Wan et al., "Regularization of Neural Networks using DropConnect", ICML 2013) as Merity, Keskar
 * and Socher use it ("Regularizing and Optimizing LSTM Language Models", ICLR 2018).
 */
final class WeightDropout implements AutoCloseable {
  private final Backend backend;
  private final double p;
  private final int site;
  private final int layers;
  private final Tensor source; // all weights of the stack, padding included
  private final Parameters dropped; // the same after dropout
  private final RnnWeights views;

  /**
   * Creates weight dropout for the stack whose names begin with {@code prefix}.
   *
   * @param p probability of dropping, in (0, 1)
   * @param site the first of {@code L} dropout sites
   */
  WeightDropout(
      Backend backend, RnnSpec spec, Parameters parameters, String prefix, double p, int site) {
    this.backend = backend;
    this.p = p;
    this.site = site;
    this.layers = spec.layers();
    this.dropped = new Parameters.Builder().add(prefix, backend, spec).allocate(backend, false);
    this.views = dropped.rnnWeights(prefix, layers);
    RnnLayout layout = backend.layout(spec);
    Tensor all = parameters.values();
    Tensor first = parameters.rnnWeights(prefix, layers).layers().getFirst().weightIh();
    long start = first.offset() - all.offset() - layout.parts().getFirst().offset();
    this.source = all.view(start, Math.toIntExact(layout.size()));
  }

  /** Returns the weights with some dropped, until the next call. */
  RnnWeights drop(RandomKey key) {
    backend.copy(source, dropped.values());
    apply(views, key);
    return views;
  }

  /** Returns the weights of the last call of {@link #drop}. */
  RnnWeights weights() {
    return views;
  }

  /** Turns gradients of the weights after dropout into gradients of the weights. */
  void backward(RnnWeights gradients, RandomKey key) {
    apply(gradients, key);
  }

  private void apply(RnnWeights weights, RandomKey key) {
    for (int layer = 0; layer < layers; layer++) {
      Tensor recurrent = weights.layers().get(layer).weightHh();
      backend.dropout(recurrent, recurrent, p, key.whole(), site + layer);
    }
  }

  @Override
  public void close() {
    dropped.close();
  }
}
