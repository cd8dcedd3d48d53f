package org.lm4j.cli.options;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;

/** Supplies the variable parts of a command's help texts; implemented by commands and mixins. */
public interface HelpValues {
  /**
   * Returns the values, by key. The value of {@code hidden} stands where a description has <code>
   * {hidden}
   * </code>; that of {@code --hidden} is the whole description of this option.
   */
  Map<String, String> helpValues();

  /** Returns a number as a person writes it: without needless zeros. */
  static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  /** Returns a text with a capital first letter. */
  static String capital(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }
}
