package org.lm4j.task.lm.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lm4j.metric.Bootstrap;

/**
 * Models compared on the same text, all on the same bootstrap samples of it (paired bootstrap;
 * Koehn, "Statistical Significance Tests for Machine Translation Evaluation", 2004).
 *
 * <p>Bits per character and byte compare any models that know all tokens of the text. Perplexity
 * compares models with the same tokens only: it is the inverse of a mean probability of a token,
 * and what a token is differs. A figure that cannot be compared is withheld.
 *
 * @param measure in which models are compared
 * @param sameTokens whether all models predict the same tokens of the text; else perplexity is
 *     withheld
 * @param rows the models in the order given
 * @param best index of the best one in the measure; -1 if fewer than two have it
 */
public record Comparison(Measure measure, boolean sameTokens, List<Row> rows, int best) {
  private static final double LN2 = Math.log(2);

  /** What models are compared in; less is better. */
  public enum Measure {
    /** The loss in bits per character. */
    BITS_PER_CHARACTER("bits per character"),
    /** The loss in bits per token, if tokens are unknown and the models have the same ones. */
    BITS_PER_TOKEN("bits per token");

    private final String label;

    Measure(String label) {
      this.label = label;
    }

    /** Returns its name. */
    public String label() {
      return label;
    }
  }

  /**
   * A figure with its 95 % interval.
   *
   * @param value on the whole text
   * @param interval of the bootstrap samples
   */
  public record Figure(double value, Bootstrap.Interval interval) {}

  /**
   * The figures of one model.
   *
   * @param bitsPerCharacter null if withheld
   * @param bitsPerByte null if withheld
   * @param perplexity null if withheld
   * @param measure the figure that models are compared in; null if the model has none
   * @param difference of the measure to that of the best model; null for the best one and for
   *     models without the measure
   * @param p of the difference, two-sided, see {@link Bootstrap#p}; NaN without a difference
   * @param withheld why bits are withheld; empty if they are not
   */
  public record Row(
      ModelScore score,
      @Nullable Figure bitsPerCharacter,
      @Nullable Figure bitsPerByte,
      @Nullable Figure perplexity,
      @Nullable Figure measure,
      @Nullable Figure difference,
      double p,
      String withheld) {}

  /** Keeps an unmodifiable copy of the list. */
  public Comparison {
    rows = List.copyOf(rows);
  }

  /**
   * Compares scores.
   *
   * @param scores of the same text, at least one
   */
  public static Comparison of(List<ModelScore> scores, Bootstrap bootstrap) {
    boolean sameTokens = scores.stream().allMatch(scores.getFirst()::sameTokens);
    boolean known = scores.stream().allMatch(score -> score.unknown() == 0);
    Measure measure = known || !sameTokens ? Measure.BITS_PER_CHARACTER : Measure.BITS_PER_TOKEN;
    double[][] perCharacter = samples(scores, ModelScore::characters, bootstrap);
    double[][] perByte = samples(scores, ModelScore::bytes, bootstrap);
    double[][] perToken = samples(scores, ModelScore::targets, bootstrap);
    double[][] compared = measure == Measure.BITS_PER_CHARACTER ? perCharacter : perToken;
    double[] values = new double[scores.size()];
    int best = -1;
    int having = 0;
    for (int i = 0; i < values.length; i++) {
      ModelScore score = scores.get(i);
      boolean has = measure == Measure.BITS_PER_TOKEN || score.unknown() == 0;
      values[i] =
          !has
              ? Double.NaN
              : measure == Measure.BITS_PER_TOKEN ? score.loss() / LN2 : score.bitsPerCharacter();
      having += has ? 1 : 0;
      best = has && (best < 0 || values[i] < values[best]) ? i : best;
    }
    best = having < 2 ? -1 : best;
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      ModelScore score = scores.get(i);
      boolean bits = score.unknown() == 0;
      Figure difference = null;
      double p = Double.NaN;
      if (best >= 0 && i != best && !Double.isNaN(values[i])) {
        double[] differences = difference(compared[i], compared[best]);
        difference = figure(values[i] - values[best], differences);
        p = Bootstrap.p(differences);
      }
      rows.add(
          new Row(
              score,
              bits ? figure(score.bitsPerCharacter(), perCharacter[i]) : null,
              bits ? figure(score.bitsPerByte(), perByte[i]) : null,
              sameTokens ? figure(Math.exp(score.loss()), exponentials(perToken[i])) : null,
              Double.isNaN(values[i]) ? null : figure(values[i], compared[i]),
              difference,
              p,
              withheld(score)));
    }
    return new Comparison(measure, sameTokens, rows, best);
  }

  private static String withheld(ModelScore score) {
    if (score.unknown() == 0) {
      return "";
    }
    String tokens = score.unknown() == 1 ? "1 token" : "%,d tokens".formatted(score.unknown());
    return score.skips()
        ? "%s of the text are not in its vocabulary and were skipped".formatted(tokens)
        : "%s of the text are <unk> to it".formatted(tokens);
  }

  private static double[][] samples(
      List<ModelScore> scores, Function<ModelScore, double[]> units, Bootstrap bootstrap) {
    double[][] bits =
        scores.stream()
            .map(score -> Arrays.stream(score.nats()).map(nats -> nats / LN2).toArray())
            .toArray(double[][]::new);
    double[][] counts = scores.stream().map(units).toArray(double[][]::new);
    return bootstrap.ratios(bits, counts, 0);
  }

  private static double[] difference(double[] of, double[] from) {
    double[] differences = new double[of.length];
    for (int r = 0; r < of.length; r++) {
      differences[r] = of[r] - from[r];
    }
    return differences;
  }

  private static double[] exponentials(double[] bits) {
    return Arrays.stream(bits).map(each -> Math.exp(each * LN2)).toArray();
  }

  private static Figure figure(double value, double[] samples) {
    return new Figure(value, Bootstrap.interval(samples));
  }
}
