package org.lm4j.metric;

import java.util.Arrays;

/**
 * The bootstrap (Efron, 1979): how much a figure would vary if the test text had been drawn again.
 * Units of the text, such as sentences or blocks of a stream, are drawn with replacement, as many
 * as there are, and the figure is computed anew from each sample.
 *
 * <p>Systems are compared on the same samples (paired bootstrap; Koehn, "Statistical Significance
 * Tests for Machine Translation Evaluation", 2004). Results depend on the seed alone. Immutable.
 */
public final class Bootstrap {
  /** How many samples are drawn where a caller does not choose. */
  public static final int SAMPLES = 10_000;

  /** The level of all intervals. */
  public static final double LEVEL = 0.95;

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private final int samples;
  private final long seed;

  /**
   * A percentile interval.
   *
   * @param low its lower end
   * @param high its upper end
   */
  public record Interval(double low, double high) {}

  private Bootstrap(int samples, long seed) {
    if (samples < 1) {
      throw new IllegalArgumentException("a bootstrap of " + samples + " samples");
    }
    this.samples = samples;
    this.seed = seed;
  }

  /**
   * Creates a bootstrap.
   *
   * @param samples how many are drawn
   * @throws IllegalArgumentException if there are none
   */
  public static Bootstrap of(int samples, long seed) {
    return new Bootstrap(samples, seed);
  }

  /** Returns the number of samples. */
  public int samples() {
    return samples;
  }

  /**
   * Draws samples and returns the mean of each.
   *
   * @param values one for each unit
   * @param stratum numbers the draws: those of different strata are independent
   * @return the mean of the values in each sample; NaN if there are no units
   */
  public double[] means(double[] values, int stratum) {
    double[] units = new double[values.length];
    Arrays.fill(units, 1);
    return ratios(new double[][] {values}, new double[][] {units}, stratum)[0];
  }

  /**
   * Draws samples and returns a ratio of sums of each, such as bits per character, for several
   * systems. All systems have the same samples, whose draws are paired.
   *
   * @param numerators (systems, units)
   * @param denominators (systems, units)
   * @param stratum numbers the draws: those of different strata are independent
   * @return (systems, samples): the sum of the sample's numerators over that of its denominators
   */
  public double[][] ratios(double[][] numerators, double[][] denominators, int stratum) {
    int systems = numerators.length;
    int units = systems == 0 ? 0 : numerators[0].length;
    double[][] ratios = new double[systems][samples];
    int[] drawn = new int[units];
    Draws draws = new Draws(mixed(seed + mixed(stratum)));
    for (int r = 0; r < samples; r++) {
      draws.fill(drawn);
      for (int s = 0; s < systems; s++) {
        ratios[s][r] = sum(numerators[s], drawn) / sum(denominators[s], drawn);
      }
    }
    return ratios;
  }

  private static double sum(double[] values, int[] drawn) {
    double sum = 0;
    for (int index : drawn) {
      sum += values[index];
    }
    return sum;
  }

  /**
   * Returns the percentile interval of a figure at {@link #LEVEL}. Between two samples it is
   * interpolated linearly, as NumPy does.
   *
   * @param figures the figure of each sample; at least one
   * @return NaN at both ends if a figure is NaN
   */
  public static Interval interval(double[] figures) {
    double[] sorted = figures.clone();
    Arrays.sort(sorted);
    if (Double.isNaN(sorted[sorted.length - 1])) {
      return new Interval(Double.NaN, Double.NaN);
    }
    double tail = (1 - LEVEL) / 2;
    return new Interval(quantile(sorted, tail), quantile(sorted, 1 - tail));
  }

  private static double quantile(double[] sorted, double part) {
    double place = part * (sorted.length - 1);
    int below = (int) Math.floor(place);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  /**
   * Returns the two-sided p of a difference: twice the part of the samples in which it is zero or
   * has the rarer sign, the observed difference counted as one sample more, and at most 1. It is
   * below 0.05 about where the interval of the difference does not contain zero.
   *
   * @param differences the difference of two systems in each sample
   */
  public static double p(double[] differences) {
    int notBelow = 0;
    int notAbove = 0;
    for (double difference : differences) {
      notBelow += difference >= 0 ? 1 : 0;
      notAbove += difference <= 0 ? 1 : 0;
    }
    return Math.min(1, 2.0 * (1 + Math.min(notBelow, notAbove)) / (1 + differences.length));
  }

  private static long mixed(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Draws the indices of units: SplitMix64 (Steele et al., 2014), its upper half scaled. */
  private static final class Draws {
    private long state;

    Draws(long seed) {
      this.state = seed;
    }

    void fill(int[] drawn) {
      for (int i = 0; i < drawn.length; i++) {
        state += GOLDEN;
        drawn[i] = (int) (((mixed(state) >>> 32) * drawn.length) >>> 32);
      }
    }
  }
}
