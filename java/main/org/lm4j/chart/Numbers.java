package org.lm4j.chart;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Formats numbers for reading: few digits, grouped thousands, independent of the locale. */
public final class Numbers {
  private static final double LARGE = 1e7;
  private static final double SMALL = 1e-4;

  private Numbers() {}

  /**
   * Formats a value to five digits, whole numbers in full: {@code 1.2346}, {@code 12,000}, {@code
   * 3e-8}.
   */
  public static String text(double value) {
    return value == Math.rint(value) && Math.abs(value) < LARGE
        ? whole(value)
        : significant(value, 5);
  }

  /** Formats a count in full, with grouped thousands: {@code 12,345,678}. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** Formats a value to {@code digits} significant digits without trailing zeros. */
  public static String significant(double value, int digits) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "∞" : "-∞";
    }
    if (value == 0) {
      return "0";
    }
    BigDecimal rounded =
        new BigDecimal(value)
            .round(new MathContext(digits, RoundingMode.HALF_EVEN))
            .stripTrailingZeros();
    double size = Math.abs(rounded.doubleValue());
    if (size >= LARGE || size < SMALL) {
      int exponent = rounded.precision() - rounded.scale() - 1;
      return rounded.movePointLeft(exponent).toPlainString() + "e" + exponent;
    }
    return grouped(rounded);
  }

  /** Formats a value to {@code digits} significant digits, trailing zeros included. */
  public static String rounded(double value, int digits) {
    if (!Double.isFinite(value) || value == 0) {
      return significant(value, digits);
    }
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
    double size = Math.abs(rounded.doubleValue());
    return size >= LARGE || size < SMALL
        ? significant(value, digits)
        : grouped(rounded.setScale(rounded.scale() + digits - rounded.precision()));
  }

  /**
   * Formats a time to the second, or to the minute where it is long: {@code 41 s}, {@code 6 min 29
   * s}, {@code 2 h 10 min}; a dash if it is not finite.
   */
  public static String duration(double seconds) {
    if (!Double.isFinite(seconds)) {
      return "–";
    }
    long whole = Math.round(seconds);
    long hours = whole / 3600;
    long minutes = whole / 60 % 60;
    if (hours > 0) {
      return hours + " h " + minutes + " min";
    }
    return whole >= 60 ? minutes + " min " + whole % 60 + " s" : whole + " s";
  }

  /** Formats a value with exactly {@code decimals} decimals; what rounds to 0 has no sign. */
  static String fixed(double value, int decimals) {
    if (!Double.isFinite(value)) {
      return significant(value, 1);
    }
    String text = String.format(Locale.ROOT, "%,." + decimals + "f", value);
    return text.matches("-[0.]+") ? text.substring(1) : text;
  }

  private static String whole(double value) {
    return String.format(Locale.ROOT, "%,d", (long) value);
  }

  private static String grouped(BigDecimal value) {
    return String.format(Locale.ROOT, "%,." + Math.max(0, value.scale()) + "f", value);
  }
}
