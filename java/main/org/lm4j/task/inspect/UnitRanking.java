package org.lm4j.task.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Which units follow which property of the text, by the product-moment correlation
 *
 * <pre>  r = Σ (a - ā) (f - f̄) / √(Σ (a - ā)² · Σ (f - f̄)²)</pre>
 *
 * over the tokens, {@code a} being the unit and {@code f} the feature. Of a cell state it is {@code
 * tanh c} that is compared, which is what the network reads of it. A unit or a feature that does
 * not vary has no correlation and is in no ranking.
 */
public final class UnitRanking {
  private static final double CONSTANT = 1e-12; // of the mean square that is left of a mean

  private final Activations activations;
  private final double[][] features;
  private final double[][][] r; // (features, L, H)

  /**
   * A unit and how well it follows.
   *
   * @param layer from 0
   * @param unit from 0
   * @param r correlation, from -1 to 1
   */
  public record Rank(int layer, int unit, double r) {}

  private UnitRanking(Activations activations) {
    this.activations = activations;
    this.features = TextFeature.of(activations.text(), activations.steps());
    this.r = new double[features.length][activations.layers()][activations.units()];
  }

  /** Compares every unit with every feature. */
  public static UnitRanking of(Activations activations) {
    UnitRanking ranking = new UnitRanking(activations);
    for (double[] feature : ranking.features) {
      center(feature);
    }
    for (int layer = 0; layer < activations.layers(); layer++) {
      for (int unit = 0; unit < activations.units(); unit++) {
        double[] a = shown(activations, layer, unit);
        center(a);
        for (int f = 0; f < ranking.features.length; f++) {
          ranking.r[f][layer][unit] = cosine(a, ranking.features[f]);
        }
      }
    }
    return ranking;
  }

  /** Returns what is compared and shown of a unit: {@code tanh c}, or {@code h}. */
  public static double[] shown(Activations activations, int layer, int unit) {
    String memory = activations.memory();
    double[] series = activations.series(memory, layer, unit);
    for (int i = 0; i < series.length && memory.equals("c"); i++) {
      series[i] = Math.tanh(series[i]);
    }
    return series;
  }

  /** Subtracts the mean; values that do not vary but for rounding become 0. */
  private static void center(double[] values) {
    double mean = 0;
    double square = 0;
    for (int i = 0; i < values.length; i++) {
      mean += (values[i] - mean) / (i + 1);
      square += values[i] * values[i];
    }
    double left = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] -= mean;
      left += values[i] * values[i];
    }
    if (left <= CONSTANT * CONSTANT * square) {
      Arrays.fill(values, 0);
    }
  }

  private static double cosine(double[] a, double[] f) {
    double product = 0;
    double ofA = 0;
    double ofF = 0;
    for (int i = 0; i < a.length; i++) {
      product += a[i] * f[i];
      ofA += a[i] * a[i];
      ofF += f[i] * f[i];
    }
    return ofA == 0 || ofF == 0
        ? Double.NaN
        : Math.clamp(product / Math.sqrt(ofA) / Math.sqrt(ofF), -1, 1);
  }

  /**
   * Returns the correlation of a unit with a feature; NaN if one of them does not vary.
   *
   * @param layer from 0
   * @param unit from 0
   */
  @SuppressWarnings("EnumOrdinal") // the order of the rows, which are never stored
  public double correlation(TextFeature feature, int layer, int unit) {
    return r[feature.ordinal()][layer][unit];
  }

  /**
   * Returns the units that follow a feature best, by the size of the correlation; of equal ones
   * that of the lower layer and number first. Empty if the feature does not vary.
   *
   * @param count how many at most
   */
  public List<Rank> best(TextFeature feature, int count) {
    List<Rank> all = new ArrayList<>();
    for (int layer = 0; layer < activations.layers(); layer++) {
      for (int unit = 0; unit < activations.units(); unit++) {
        double value = correlation(feature, layer, unit);
        if (!Double.isNaN(value)) {
          all.add(new Rank(layer, unit, value));
        }
      }
    }
    all.sort(Comparator.comparingDouble((Rank rank) -> -Math.abs(rank.r())));
    return List.copyOf(all.subList(0, Math.min(count, all.size())));
  }
}
