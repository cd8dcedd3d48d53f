package org.lm4j.verify;

/**
 * The largest error over several tensors, each relative to its own largest finite expected
 * magnitude (absolute where all is zero). NaN and infinities must agree exactly, or the error is
 * infinite.
 */
final class Comparison {
  private double error;
  private String where = "exact";

  void add(String tensor, double[] expected, double[] actual) {
    double scale = 0;
    for (double value : expected) {
      if (Double.isFinite(value)) {
        scale = Math.max(scale, Math.abs(value));
      }
    }
    for (int i = 0; i < expected.length; i++) {
      double difference = difference(expected[i], actual[i]) / (scale == 0 ? 1 : scale);
      if (difference > error) {
        error = difference;
        where = "%s[%d] is %.9g, expected %.9g".formatted(tensor, i, actual[i], expected[i]);
      }
    }
  }

  private static double difference(double expected, double actual) {
    if (Double.compare(expected, actual) == 0 || expected == actual) {
      return 0;
    }
    double difference = Math.abs(expected - actual);
    return Double.isFinite(difference) ? difference : Double.POSITIVE_INFINITY;
  }

  double error() {
    return error;
  }

  String where() {
    return where;
  }
}
