package org.lm4j.optim;

/**
 * A learning rate as a pure function of progress: there is no state to save or to get wrong when a
 * run is continued.
 */
public interface Schedule {

  /** Returns the factor of the base learning rate. */
  double factor(Progress progress);

  /** A constant learning rate. */
  record Constant() implements Schedule {
    @Override
    public double factor(Progress progress) {
      return 1;
    }
  }

  /**
   * A step decay: the rate is multiplied by {@code decay} when epoch {@code after} (from 0) begins
   * and every {@code every} epochs from there. With {@code after == every} this is PyTorch's {@code
   * StepLR}; with {@code every} 1 the recipe of Zaremba, Sutskever and Vinyals, "Recurrent Neural
   * Network Regularization", 2014.
   */
  record Step(double decay, int every, int after) implements Schedule {
    @Override
    public double factor(Progress progress) {
      if (progress.epoch() < after) {
        return 1;
      }
      return Math.pow(decay, (double) ((progress.epoch() - after) / every + 1));
    }
  }

  /**
   * A decay on plateaus: the rate is multiplied by {@code decay} each time more than {@code
   * patience} validations in a row were no better than the best before them: PyTorch's {@code
   * ReduceLROnPlateau} with threshold 0; with patience 0 the rule of PyTorch's word_language_model.
   */
  record Plateau(double decay, int patience) implements Schedule {
    @Override
    public double factor(Progress progress) {
      double best = Double.POSITIVE_INFINITY;
      double factor = 1;
      int bad = 0;
      for (double loss : progress.validationLosses()) {
        if (loss < best) {
          best = loss;
          bad = 0;
        } else if (++bad > patience) {
          factor *= decay;
          bad = 0;
        }
      }
      return factor;
    }
  }

  /**
   * A cosine decay from 1 to {@code floor} over the run: PyTorch's {@code CosineAnnealingLR}
   * (Loshchilov and Hutter, "SGDR", 2017).
   */
  record Cosine(double floor) implements Schedule {
    @Override
    public double factor(Progress progress) {
      double done = Math.min(1, Math.max(0, progress.fraction()));
      return floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * done));
    }
  }

  /**
   * A linear decay from 1 to 0 over the run, but not below {@code floor}: the rate of word2vec
   * (Mikolov et al., "Distributed Representations of Words and Phrases and their Compositionality",
   * 2013).
   */
  record Linear(double floor) implements Schedule {
    @Override
    public double factor(Progress progress) {
      return Math.max(floor, 1 - Math.min(1, Math.max(0, progress.fraction())));
    }
  }

  /**
   * A linear warm-up: another schedule, multiplied by {@code (step + 1) / steps} during the first
   * {@code steps}.
   */
  record WarmUp(long steps, Schedule then) implements Schedule {
    @Override
    public double factor(Progress progress) {
      double ramp = progress.step() < steps ? (progress.step() + 1.0) / steps : 1;
      return ramp * then.factor(progress);
    }
  }
}
