package org.lm4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleSupplier;
import org.lm4j.tensor.Tensor;

/** Five-point central differences in float64, against which gradients are held. */
public final class Differences {
  private static final double TOLERANCE = 1e-7;

  private Differences() {}

  /**
   * Checks that {@code dx} is the gradient of {@code loss}, to 1e-7 relative.
   *
   * @param step between two points; small where a kink must not be stepped over
   */
  public static void check(String name, DoubleSupplier loss, Tensor x, Tensor dx, double step) {
    for (int i = 0; i < x.size(); i++) {
      double kept = x.get(i);
      double[] at = new double[4];
      double[] shifts = {2 * step, step, -step, -2 * step};
      for (int k = 0; k < 4; k++) {
        x.set(i, kept + shifts[k]);
        at[k] = loss.getAsDouble();
      }
      x.set(i, kept);
      double numeric = (-at[0] + 8 * at[1] - 8 * at[2] + at[3]) / (12 * step);
      double own = dx.get(i);
      assertThat(Math.abs(own - numeric))
          .as("%s[%d]: analytic %.12g, numeric %.12g", name, i, own, numeric)
          .isLessThanOrEqualTo(TOLERANCE * Math.max(Math.abs(own) + Math.abs(numeric), 0.01));
    }
  }
}
