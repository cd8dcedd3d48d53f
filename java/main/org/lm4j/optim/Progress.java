package org.lm4j.optim;

import java.util.List;

/**
 * The progress of a run: everything a learning rate may depend on.
 *
 * @param step optimizer steps done, from 0
 * @param epoch complete passes over the corpus, from 0
 * @param fraction the fraction of the run done, in [0, 1]
 * @param validationLosses the losses of all validations so far, oldest first
 */
public record Progress(long step, long epoch, double fraction, List<Double> validationLosses) {
  /** Copies the list. */
  public Progress {
    validationLosses = List.copyOf(validationLosses);
  }
}
