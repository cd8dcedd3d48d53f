package org.lm4j.decode;

import org.lm4j.compute.IncrementalDecoder;

/**
 * A decoder whose logits are always the same, and are known with margins by which bounds exceed
 * them.
 */
class KnownLogits implements IncrementalDecoder {
  final double[] logits;
  final double[] margins;

  /** How often all logits were asked for. */
  int wholes;

  KnownLogits(double[] logits, double... margins) {
    this.logits = logits;
    this.margins = margins;
  }

  @Override
  public int vocabulary() {
    return logits.length;
  }

  @Override
  public void reset() {}

  @Override
  public void read(int token) {}

  @Override
  public void logits(double[] target) {
    wholes++;
    System.arraycopy(logits, 0, target, 0, logits.length);
  }

  @Override
  public double logit(int token) {
    return logits[token];
  }

  @Override
  public void close() {}
}
