package org.lm4j.task.lm.adapt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of an {@link Adaptation} is wanted, and which of its values are given; the others are chosen
 * by {@link Tuning}, on a validation text, or have the defaults of {@link #defaults}.
 *
 * @param temperature null to choose it
 * @param dynamic null without dynamic evaluation
 * @param unigram null without a unigram cache
 * @param neural null without a neural cache
 * @param mix other models
 */
public record Wanted(
    @Nullable Double temperature,
    @Nullable DynamicWanted dynamic,
    @Nullable CacheWanted unigram,
    @Nullable CacheWanted neural,
    List<MixWanted> mix) {
  /** The published learning rate, decay and epsilon of dynamic evaluation. */
  static final Adaptation.Dynamic PUBLISHED =
      new Adaptation.Dynamic(Adaptation.Rule.RMS, 0.002, 0.02, 0.001, 20);

  private static final double SGD_RATE = 0.5;
  private static final double SGD_DECAY = 0.001;
  private static final int WINDOW = 1000;
  private static final double THETA = 0.3;
  private static final double WEIGHT = 0.1;

  /**
   * Dynamic evaluation.
   *
   * @param learningRate null to choose it
   * @param decay null to choose it
   * @param epsilon null for the published one
   */
  public record DynamicWanted(
      Adaptation.Rule rule,
      @Nullable Double learningRate,
      @Nullable Double decay,
      @Nullable Double epsilon,
      int segment) {
    /** Returns the settings, with defaults for what is not given. */
    Adaptation.Dynamic defaults() {
      boolean rms = rule == Adaptation.Rule.RMS;
      double rate = rms ? PUBLISHED.learningRate() : SGD_RATE;
      double back = rms ? PUBLISHED.decay() : SGD_DECAY;
      double small = rms ? PUBLISHED.epsilon() : 0;
      return new Adaptation.Dynamic(
          rule,
          learningRate == null ? rate : learningRate,
          decay == null ? back : decay,
          epsilon == null ? small : epsilon,
          segment);
    }
  }

  /**
   * A cache.
   *
   * @param window null to choose it
   * @param theta null to choose it; unused by a unigram cache
   * @param weight null to choose it
   */
  public record CacheWanted(
      @Nullable Integer window, @Nullable Double theta, @Nullable Double weight) {}

  /**
   * Another model.
   *
   * @param weight null to choose it
   */
  public record MixWanted(String model, @Nullable Double weight) {}

  /** Copies the list. */
  public Wanted {
    mix = List.copyOf(mix);
  }

  /**
   * Returns the adaptation with a default for each value that is not given: temperature 1, a window
   * of 1,000 tokens, theta 0.3, weights of 0.1 for a cache and equal shares for models, and the
   * published values of dynamic evaluation.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  public Adaptation defaults() {
    double share = 1.0 / (mix.size() + 1);
    return new Adaptation(
        temperature == null ? 1 : temperature,
        dynamic == null ? null : dynamic.defaults(),
        unigram == null
            ? null
            : new Adaptation.UnigramCacheSettings(
                or(unigram.window, WINDOW), or(unigram.weight, WEIGHT)),
        neural == null
            ? null
            : new Adaptation.NeuralCacheSettings(
                or(neural.window, WINDOW), or(neural.theta, THETA), or(neural.weight, WEIGHT)),
        mix.stream().map(m -> new Adaptation.Part(m.model, or(m.weight, share / 2))).toList());
  }

  private static <T> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
