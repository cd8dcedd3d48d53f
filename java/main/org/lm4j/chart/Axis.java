package org.lm4j.chart;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An axis: a range of numbers with ticks at round ones: 1, 2 or 5 times a power of ten.
 *
 * @param low the number at the beginning of the line
 * @param high the number at its end
 * @param logarithmic whether equal ratios, not equal differences, have equal lengths
 * @param ticks ascending, all within
 */
record Axis(double low, double high, boolean logarithmic, List<Tick> ticks) {
  /** A tick: a round number and its label. */
  record Tick(double value, String label) {}

  /** Below it powers of ten lose digits, and above its inverse they overflow. */
  private static final double TINY = 1e-290;

  /** Decades of a logarithmic axis below which its ticks are at equal distances in value. */
  private static final double NARROW = 0.6;

  private static final double[] ROUND = {1, 2, 5, 10};

  /**
   * Returns the position of {@code value}: 0 at the beginning, 1 at the end, NaN if it has none.
   */
  double at(double value) {
    if (logarithmic) {
      return value > 0 ? Math.log(value / low) / Math.log(high / low) : Double.NaN;
    }
    return (value / 2 - low / 2) / (high / 2 - low / 2);
  }

  /**
   * Creates a linear axis from {@code low} to {@code high} or, if {@code extend}, to the ticks
   * around them.
   *
   * @param count approximate number of ticks
   */
  static Axis linear(double low, double high, int count, boolean extend) {
    double size = Math.max(Math.abs(low), Math.abs(high));
    double from = low;
    double to = high;
    if (!(high / 2 - low / 2 > size * 1e-9) || high - low < TINY) {
      double room = size < TINY ? 1 : size / 2;
      from = size < TINY ? 0 : clamp(low - room);
      to = clamp(high + room);
    }
    double wanted = to / count - from / count;
    int exponent = (int) Math.floor(Math.log10(wanted));
    double step = Double.NaN;
    double factor = 0;
    for (double round : ROUND) {
      factor = round;
      step = scaled(round, exponent);
      if (step >= wanted * (1 - 1e-9)) {
        break;
      }
    }
    if (factor == 10) {
      factor = 1;
      exponent++;
    }
    double first = from / step;
    double last = to / step;
    long begin = (long) (extend ? Math.floor(first + 1e-9) : Math.ceil(first - 1e-9));
    long end = (long) (extend ? Math.ceil(last - 1e-9) : Math.floor(last + 1e-9));
    double[] ticks = new double[(int) (end - begin + 1)];
    for (int i = 0; i < ticks.length; i++) {
      ticks[i] = clamp(scaled((begin + i) * factor, exponent));
    }
    double start = extend && ticks.length > 0 ? Math.min(from, ticks[0]) : from;
    double stop = extend && ticks.length > 0 ? Math.max(to, ticks[ticks.length - 1]) : to;
    return new Axis(start, stop, false, labelled(ticks, exponent));
  }

  /**
   * Creates a logarithmic axis that extends to the ticks around {@code low} and {@code high}.
   *
   * @param low the lowest value, above 0
   */
  static Axis logarithmic(double low, double high, int count) {
    double least = Math.max(low, Double.MIN_NORMAL);
    int from = (int) Math.floor(Math.log10(least));
    int to = (int) Math.ceil(Math.log10(Math.max(high, least)));
    double decades = Math.log10(Math.max(high, least)) - Math.log10(least);
    double[] ticks;
    if (decades < NARROW) {
      Axis even = linear(least, Math.max(high, least), count, true);
      if (even.low > 0) {
        return new Axis(even.low, even.high, true, even.ticks);
      }
    }
    if (decades * 3 <= count + 1) {
      ticks =
          IntStream.rangeClosed(from - 1, to)
              .boxed()
              .flatMap(e -> Arrays.stream(ROUND, 0, 3).mapToObj(round -> scaled(round, e)))
              .mapToDouble(Double::doubleValue)
              .toArray();
    } else {
      int stride = Math.max(1, (int) Math.ceil((to - from) / (double) count));
      int first = Math.floorDiv(from, stride) * stride;
      ticks =
          IntStream.iterate(first, e -> e < to + stride, e -> e + stride)
              .mapToDouble(e -> scaled(1, e))
              .filter(tick -> tick > 0 && tick <= Double.MAX_VALUE)
              .toArray();
      if (stride > 1) { // the axis ends at powers of ten between ticks
        return ofPowers(ticks, least, Math.max(high, least), from, to);
      }
    }
    double[] around = around(ticks, least, Math.max(high, least));
    double start = Math.min(least, around[0]);
    double stop = Math.max(high, around[around.length - 1]);
    return new Axis(start, stop == start ? start * 10 : stop, true, labelled(around));
  }

  private static Axis ofPowers(double[] ticks, double low, double high, int from, int to) {
    double start = Math.min(low, Math.max(scaled(1, from), Double.MIN_NORMAL));
    double stop = Math.max(high, Math.min(scaled(1, to), Double.MAX_VALUE));
    double[] within = Arrays.stream(ticks).filter(tick -> tick >= start && tick <= stop).toArray();
    return new Axis(start, stop, true, labelled(within));
  }

  private static List<Tick> labelled(double[] ticks) {
    return Arrays.stream(ticks)
        .mapToObj(tick -> new Tick(tick, Numbers.significant(tick, 5)))
        .toList();
  }

  /**
   * Returns the last tick not above {@code low}, the first not below {@code high}, and all between.
   */
  private static double[] around(double[] ticks, double low, double high) {
    int begin = 0;
    while (begin + 1 < ticks.length && ticks[begin + 1] <= low * (1 + 1e-9)) {
      begin++;
    }
    int end = ticks.length - 1;
    while (end - 1 > begin && ticks[end - 1] >= high * (1 - 1e-9)) {
      end--;
    }
    return Arrays.copyOfRange(ticks, begin, end + 1);
  }

  private static List<Tick> labelled(double[] ticks, int exponent) {
    double most = Arrays.stream(ticks).map(Math::abs).max().orElse(0);
    boolean plain = most < 1e7 && exponent >= -6;
    int decimals = Math.max(0, -exponent);
    int digits = most == 0 ? 1 : (int) Math.floor(Math.log10(most)) - exponent + 1;
    return Arrays.stream(ticks)
        .mapToObj(
            tick ->
                new Tick(
                    tick,
                    plain
                        ? Numbers.fixed(tick, decimals)
                        : Numbers.significant(tick, Math.clamp(digits, 1, 17))))
        .toList();
  }

  /** Returns {@code factor · 10^exponent}, rounded once: 3 tenths are 0.3. */
  private static double scaled(double factor, int exponent) {
    return exponent < 0 && exponent > -300
        ? factor / Math.pow(10, -exponent)
        : factor * Math.pow(10, exponent);
  }

  private static double clamp(double value) {
    return Math.clamp(value, -Double.MAX_VALUE, Double.MAX_VALUE);
  }
}
