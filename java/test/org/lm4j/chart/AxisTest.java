package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AxisTest {
  private static List<String> labels(Axis axis) {
    return axis.ticks().stream().map(Axis.Tick::label).toList();
  }

  @Test
  void ticksOfALinearAxisAreRoundNumbers() {
    assertThat(labels(Axis.linear(0, 10, 5, true))).containsExactly("0", "2", "4", "6", "8", "10");
    assertThat(labels(Axis.linear(1.31, 4.9, 6, true))).containsExactly("1", "2", "3", "4", "5");
    assertThat(labels(Axis.linear(-0.3, 0.3, 6, true)))
        .containsExactly("-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2", "0.3");
    assertThat(labels(Axis.linear(0, 50_000, 5, true)))
        .containsExactly("0", "10,000", "20,000", "30,000", "40,000", "50,000");
    assertThat(labels(Axis.linear(0, 2e-9, 4, true)))
        .containsExactly("0", "5e-10", "1e-9", "1.5e-9", "2e-9");
    assertThat(labels(Axis.linear(0, 4e9, 4, true)))
        .containsExactly("0", "1e9", "2e9", "3e9", "4e9");
  }

  @Test
  void anAxisReachesToTheTicksAroundOnlyIfAsked() {
    Axis extended = Axis.linear(1.31, 4.9, 6, true);
    assertThat(new double[] {extended.low(), extended.high()}).containsExactly(1, 5);
    assertThat(extended.at(3)).isEqualTo(0.5);
    Axis exact = Axis.linear(10, 5385, 6, false);
    assertThat(new double[] {exact.low(), exact.high()}).containsExactly(10, 5385);
    assertThat(labels(exact)).containsExactly("1,000", "2,000", "3,000", "4,000", "5,000");
  }

  @Test
  void oneValueStillHasAnAxisAroundIt() {
    for (double value :
        new double[] {0, 1, -3, 0.002, 1e300, -1e-300, Double.MIN_VALUE, Double.MAX_VALUE}) {
      Axis axis = Axis.linear(value, value, 5, true);
      assertThat(axis.at(value)).as("%s in %s", value, axis).isBetween(-1e-9, 1.0);
      assertThat(axis.ticks()).as("%s", axis).hasSizeBetween(2, 12);
    }
  }

  @Test
  void ticksOfALogarithmicAxisArePowersOrTheirDoubleAndFivefold() {
    assertThat(labels(Axis.logarithmic(0.11, 0.8, 6))).containsExactly("0.1", "0.2", "0.5", "1");
    assertThat(labels(Axis.logarithmic(3.7, 137, 6)))
        .containsExactly("2", "5", "10", "20", "50", "100", "200");
    assertThat(labels(Axis.logarithmic(1e-3, 1e2, 6)))
        .containsExactly("0.001", "0.01", "0.1", "1", "10", "100");
    assertThat(labels(Axis.logarithmic(1e-30, 1, 6)))
        .containsExactly("1e-30", "1e-25", "1e-20", "1e-15", "1e-10", "1e-5", "1");
    // Within less than four times the lowest value powers would be too few.
    assertThat(labels(Axis.logarithmic(0.17, 0.34, 6)))
        .containsExactly("0.15", "0.20", "0.25", "0.30", "0.35");
    assertThat(labels(Axis.logarithmic(119, 204, 6)))
        .containsExactly("100", "120", "140", "160", "180", "200", "220");
    // Every sixth power has a label, but the axis ends near the values.
    Axis wide = Axis.logarithmic(2e-34, 73, 6);
    assertThat(labels(wide)).containsExactly("1e-30", "1e-24", "1e-18", "1e-12", "1e-6", "1");
    assertThat(wide.low()).isCloseTo(1e-34, within(1e-49));
    assertThat(wide.high()).isEqualTo(100);
    Axis axis = Axis.logarithmic(1, 100, 3);
    assertThat(axis.at(10)).isCloseTo(0.5, within(1e-12));
    assertThat(axis.at(0)).isNaN();
    assertThat(axis.at(-1)).isNaN();
  }

  @Test
  void anyRangeHasAFewAscendingTicksWithDifferentLabels() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 20_000; i++) {
      double size = Math.pow(10, random.nextDouble(-250, 250));
      double a = random.nextDouble(-1, 1) * size;
      double b =
          random.nextInt(4) == 0 ? a * (1 + random.nextDouble(1e-6)) : random.nextDouble() * size;
      double low = Math.min(a, b);
      double high = Math.max(a, b);
      requireGood(Axis.linear(low, high, 6, true), low, high);
      requireGood(Axis.linear(low, high, 6, false), low, high);
      if (high > 0) {
        double least = Math.max(low, high * Math.pow(10, -random.nextDouble(0, 40)));
        requireGood(Axis.logarithmic(Math.min(least, high), high, 6), Math.min(least, high), high);
      }
    }
  }

  private static void requireGood(Axis axis, double low, double high) {
    String what = low + " to " + high + ": " + axis;
    assertThat(axis.at(low)).as(what).isBetween(-1e-9, 1 + 1e-9);
    assertThat(axis.at(high)).as(what).isBetween(-1e-9, 1 + 1e-9);
    assertThat(axis.ticks()).as(what).hasSizeBetween(1, 14);
    assertThat(labels(axis)).as(what).doesNotHaveDuplicates();
    double before = Double.NEGATIVE_INFINITY;
    for (Axis.Tick tick : axis.ticks()) {
      assertThat(tick.value()).as(what).isGreaterThan(before);
      assertThat(axis.at(tick.value())).as(what).isBetween(-1e-6, 1 + 1e-6);
      before = tick.value();
    }
  }
}
