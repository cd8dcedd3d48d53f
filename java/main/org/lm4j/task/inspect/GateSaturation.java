package org.lm4j.task.inspect;

import java.util.ArrayList;
import java.util.List;

/**
 * How often the gates of a unit are nearly closed or nearly open: the fraction of steps in which a
 * gate is below 0.1 (left-saturated) and above 0.9 (right-saturated), as in Karpathy, Johnson and
 * Li, "Visualizing and Understanding Recurrent Networks", 2015, section 4.2.
 *
 * @param gate its name in the cell's equations
 * @param layer from 0
 * @param left for each unit, in [0, 1]
 * @param right for each unit, in [0, 1]
 */
public record GateSaturation(String gate, int layer, List<Double> left, List<Double> right) {
  private static final double LOW = 0.1;
  private static final double HIGH = 0.9;

  /** Keeps unmodifiable copies of the lists. */
  public GateSaturation {
    left = List.copyOf(left);
    right = List.copyOf(right);
  }

  /** Returns the saturation of every gate in every layer; none if the cell has no gates. */
  public static List<GateSaturation> of(Activations activations) {
    List<GateSaturation> all = new ArrayList<>();
    for (String gate : activations.gates()) {
      for (int layer = 0; layer < activations.layers(); layer++) {
        List<Double> left = new ArrayList<>();
        List<Double> right = new ArrayList<>();
        for (int unit = 0; unit < activations.units(); unit++) {
          int low = 0;
          int high = 0;
          for (double value : activations.series(gate, layer, unit)) {
            low += value < LOW ? 1 : 0;
            high += value > HIGH ? 1 : 0;
          }
          left.add((double) low / activations.steps());
          right.add((double) high / activations.steps());
        }
        all.add(new GateSaturation(gate, layer, left, right));
      }
    }
    return all;
  }

  /** Returns the mean over the units of {@link #left}. */
  public double meanLeft() {
    return left.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  /** Returns the mean over the units of {@link #right}. */
  public double meanRight() {
    return right.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }
}
