package org.lm4j.cli.score;

import java.math.BigDecimal;

/** Numbers as the programs print them whose formats are written here. */
final class Digits {
  private static final int MOST_PLAIN = 16; // Python writes an exponent from 1e16 on
  private static final int MOST_PLAIN_C = 21; // and the C++ library from 1e21 on

  private Digits() {}

  /** Returns what Python's {@code str} prints: the fewest digits that read back as the number. */
  static String python(double value) {
    if (!Double.isFinite(value)) {
      return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }
    BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = digits.precision() - digits.scale() - 1;
    if (value != 0 && (exponent < -4 || exponent >= MOST_PLAIN)) {
      String power = Math.abs(exponent) < 10 ? "0" + Math.abs(exponent) : "" + Math.abs(exponent);
      return mantissa(digits) + "e" + (exponent < 0 ? "-" : "+") + power;
    }
    String plain = value == 0 ? "0" : digits.toPlainString();
    String sign = value == 0 && 1 / value < 0 ? "-" : "";
    return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
  }

  /**
   * Returns what KenLM prints: the fewest digits that read back as the number.
   *
   * @param shortest what {@link Float#toString(float)} or {@link Double#toString(double)} returns
   */
  static String kenlm(String shortest) {
    switch (shortest) {
      case "NaN" -> {
        return shortest;
      }
      case "Infinity" -> {
        return "inf";
      }
      case "-Infinity" -> {
        return "-inf";
      }
      default -> {}
    }
    BigDecimal digits = new BigDecimal(shortest).stripTrailingZeros();
    if (digits.signum() == 0) {
      return shortest.startsWith("-") ? "-0" : "0";
    }
    int exponent = digits.precision() - digits.scale() - 1;
    return exponent < -6 || exponent >= MOST_PLAIN_C
        ? mantissa(digits) + "e" + (exponent < 0 ? "" : "+") + exponent
        : digits.toPlainString();
  }

  private static String mantissa(BigDecimal digits) {
    String all = digits.unscaledValue().abs().toString();
    String sign = digits.signum() < 0 ? "-" : "";
    return sign + all.charAt(0) + (all.length() > 1 ? "." + all.substring(1) : "");
  }
}
