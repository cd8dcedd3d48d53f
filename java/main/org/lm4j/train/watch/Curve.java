package org.lm4j.train.watch;

import java.util.Arrays;

/**
 * Values over the steps of a run, however long: beyond {@value #MOST} points neighbours are
 * averaged, so that a point stands for 1, then 2, then 4 values, and so on.
 */
final class Curve {
  static final int MOST = 1024;

  private final double[] steps = new double[MOST];
  private final double[] values = new double[MOST];
  private int size;
  private int perPoint = 1;
  private double sum; // of the values of a point that is not complete
  private int count;
  private double lastStep;

  /** Points of a curve. */
  static final class Points {
    private final double[] steps;
    private final double[] values;

    Points(double[] steps, double[] values) {
      this.steps = steps;
      this.values = values;
    }

    /** Returns the steps at which each ends; not a copy. */
    double[] steps() {
      return steps;
    }

    /** Returns the means of the values that they stand for; not a copy. */
    double[] values() {
      return values;
    }
  }

  void add(double step, double value) {
    lastStep = step;
    sum += value;
    count++;
    if (count == perPoint) {
      steps[size] = step;
      values[size++] = sum / count;
      sum = 0;
      count = 0;
      if (size == MOST) {
        halve();
      }
    }
  }

  private void halve() {
    size = MOST / 2;
    for (int i = 0; i < size; i++) {
      steps[i] = steps[2 * i + 1];
      values[i] = (values[2 * i] + values[2 * i + 1]) / 2;
    }
    perPoint *= 2;
  }

  /** Returns the points so far, the last of them perhaps of fewer values than the others. */
  Points points() {
    double[] x = Arrays.copyOf(steps, size + (count > 0 ? 1 : 0));
    double[] y = Arrays.copyOf(values, x.length);
    if (count > 0) {
      x[size] = lastStep;
      y[size] = sum / count;
    }
    return new Points(x, y);
  }
}
