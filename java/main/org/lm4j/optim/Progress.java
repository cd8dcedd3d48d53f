package org.lm4j.optim;

import java.util.List;

/**
 * How far a run has come: all that a learning rate may depend on.
 *
 * @param step optimizer steps done, from 0
 * @param epoch whole passes over the corpus done, from 0
 * @param fraction of the whole run done, in [0, 1]
 * @param validationLosses of all validations so far, oldest first
 */
public record Progress(long step, long epoch, double fraction, List<Double> validationLosses) {
  /** Keeps its own list. */
  public Progress {
    validationLosses = List.copyOf(validationLosses);
  }
}
