package org.lm4j.task.lm.adapt;

import java.util.Arrays;
import org.lm4j.decode.NegativeExp;

/**
 * The probabilities of the tokens of a validation text under all settings to choose from, collected
 * while it is read once.
 */
final class Collected implements NetworkComponent.Probe {
  private final double[] temperatures;
  private final int[] windows;
  private final double[] thetas;
  private final float[][] byTemperature; // [temperature][token]
  private final float[][][] byCache; // [theta][window][token]; NaN where it is empty
  private final double[] powers;
  private final double[] products;
  private int first; // the token of row 0

  /**
   * Allocates what is needed.
   *
   * @param windows of the neural cache, ascending; none without one
   */
  Collected(double[] temperatures, int[] windows, double[] thetas, int vocabulary, int tokens) {
    this.temperatures = temperatures;
    this.windows = windows;
    this.thetas = thetas;
    this.byTemperature = new float[temperatures.length][tokens];
    this.byCache = new float[thetas.length][windows.length][tokens];
    this.powers = new double[vocabulary];
    this.products = new double[windows.length == 0 ? 0 : windows[windows.length - 1]];
  }

  /** Announces the token of the first row of the next chunk. */
  void begin(int token) {
    first = token;
  }

  @Override
  public void logits(int row, int target, double[] logits) {
    double most = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      most = Math.max(most, logit);
    }
    for (int t = 0; t < temperatures.length; t++) {
      double inverse = 1 / temperatures[t];
      System.arraycopy(logits, 0, powers, 0, powers.length);
      double sum = NegativeExp.ofDifferences(powers, 0, powers.length, most, inverse);
      byTemperature[t][first + row] = (float) (Math.exp((logits[target] - most) * inverse) / sum);
    }
  }

  @Override
  public void products(int row, int target, double[] given, int[] tokens, int from, int count) {
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      most = Math.max(most, given[i]);
    }
    for (int t = 0; t < thetas.length; t++) {
      System.arraycopy(given, 0, products, 0, count);
      NegativeExp.ofDifferences(products, 0, count, most, thetas[t]);
      double sum = 0;
      double ofTarget = 0;
      int next = count - 1; // from the newest to the oldest
      for (int w = 0; w < windows.length; w++) {
        for (int oldest = Math.max(0, count - windows[w]); next >= oldest; next--) {
          sum += products[next];
          ofTarget += tokens[from + next] == target ? products[next] : 0;
        }
        byCache[t][w][first + row] =
            count == 0 ? Float.NaN : sum == 0 ? 0 : (float) (ofTarget / sum);
      }
    }
  }

  /** Returns the probabilities at one temperature. */
  double[] model(int temperature) {
    return doubles(byTemperature[temperature]);
  }

  /** Returns the shares in one neural cache; those of the model where it is empty. */
  double[] cache(int theta, int window, double[] model) {
    double[] shares = doubles(byCache[theta][window]);
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Double.isNaN(shares[i]) ? model[i] : shares[i];
    }
    return shares;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }
}
