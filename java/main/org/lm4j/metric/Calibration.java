package org.lm4j.metric;

/**
 * How far the probabilities of a classifier's answers can be trusted: among answers with
 * probability 0.8, about 80 % should be correct. Answers are counted in bins of equal width by the
 * probability of the class that was predicted (Guo et al., "On Calibration of Modern Neural
 * Networks", 2017). A bin holds probabilities above its lower end and up to its upper end.
 */
public final class Calibration {
  /** The number of bins where a caller does not choose. */
  public static final int BINS = 10;

  private final long[] counts;
  private final long[] correct;
  private final double[] confidence; // sum of the probabilities of a bin
  private long total;

  /**
   * A bin.
   *
   * @param from its lower end
   * @param to its upper end
   * @param count the number of answers in it
   * @param confidence the mean probability of these answers; NaN if there are none
   * @param accuracy the fraction of these answers that are correct; NaN if there are none
   */
  public record Bin(double from, double to, long count, double confidence, double accuracy) {}

  /** Creates a calibration of {@value #BINS} bins without answers. */
  public Calibration() {
    this(BINS);
  }

  /**
   * Creates a calibration without answers.
   *
   * @throws IllegalArgumentException if there is no bin
   */
  public Calibration(int bins) {
    if (bins < 1) {
      throw new IllegalArgumentException(bins + " bins");
    }
    this.counts = new long[bins];
    this.correct = new long[bins];
    this.confidence = new double[bins];
  }

  /**
   * Counts an answer.
   *
   * @param probability of the class that was predicted, in [0, 1]
   * @throws IllegalArgumentException if the probability is outside of [0, 1]
   */
  public void add(double probability, boolean isCorrect) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(probability + " is not a probability");
    }
    int bins = counts.length;
    int bin = Math.clamp((int) Math.ceil(probability * bins) - 1, 0, bins - 1);
    counts[bin]++;
    correct[bin] += isCorrect ? 1 : 0;
    confidence[bin] += probability;
    total++;
  }

  /** Returns the number of bins. */
  public int bins() {
    return counts.length;
  }

  /**
   * Returns a bin, the first one at 0.
   *
   * @throws IndexOutOfBoundsException if there is no such bin
   */
  public Bin bin(int index) {
    double width = counts.length;
    long count = counts[index];
    return new Bin(
        index / width,
        (index + 1) / width,
        count,
        count == 0 ? Double.NaN : confidence[index] / count,
        count == 0 ? Double.NaN : (double) correct[index] / count);
  }

  /** Returns the number of answers. */
  public long total() {
    return total;
  }

  /** Returns the mean probability of all answers; NaN if there are none. */
  public double confidence() {
    double sum = 0;
    for (double each : confidence) {
      sum += each;
    }
    return total == 0 ? Double.NaN : sum / total;
  }

  /**
   * Returns the expected calibration error, {@code Σ n[b] / n |accuracy[b] - confidence[b]|} over
   * bins {@code b}; NaN if there are no answers.
   */
  public double error() {
    double sum = 0;
    for (int b = 0; b < counts.length; b++) {
      sum += Math.abs(correct[b] - confidence[b]);
    }
    return total == 0 ? Double.NaN : sum / total;
  }
}
