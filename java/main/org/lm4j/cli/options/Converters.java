package org.lm4j.cli.options;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lm4j.InputException;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.train.Milestones;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converters of option values, which refuse values out of range and name the range. */
public final class Converters {
  /** Java's own reading takes the digits of any script, and for fractions hexadecimal ones. */
  private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]+");

  private static final Pattern DECIMAL =
      Pattern.compile(
          "[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:NaN|Infinity)");

  private Converters() {}

  /**
   * Returns an integer of at least 1: what an option of type int takes, if it says nothing else.
   */
  public static int positiveInt(String value) {
    return atLeast(1, value);
  }

  /** A number of threads: as many as any machine has cores, but not a typing mistake. */
  public static final class Threads implements ITypeConverter<Integer> {
    private static final int MOST = 1024;

    @Override
    public Integer convert(String value) {
      int number = atLeast(1, value);
      if (number > MOST) {
        throw new TypeConversionException("'" + value + "' is above " + MOST);
      }
      return number;
    }
  }

  /** An integer of at least 0. */
  public static final class NonNegativeInt implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      return atLeast(0, value);
    }
  }

  /** Returns an integer of 64 bits. */
  public static long wholeNumber(String value) {
    try {
      return Long.parseLong(digits(value, WHOLE));
    } catch (NumberFormatException e) {
      throw new TypeConversionException(
          "'" + value + "' is not a whole number of at most 18 digits");
    }
  }

  /** A finite number. */
  public static final class FiniteNumber implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      return number(value);
    }
  }

  /**
   * Returns a finite number above 0: what an option of type double takes, if it says nothing else.
   */
  public static double positiveNumber(String value) {
    double number = number(value);
    if (!(number > 0)) {
      throw new TypeConversionException("'" + value + "' is not above 0");
    }
    return number;
  }

  /** A finite number of at least 0. */
  public static final class NonNegativeNumber implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      double number = number(value);
      if (!(number >= 0)) {
        throw new TypeConversionException("'" + value + "' is below 0");
      }
      return number;
    }
  }

  /** A penalty of repetition. */
  public static final class Penalty implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      double number = number(value);
      if (!(number >= SamplingOptions.MIN_REPETITION_PENALTY
          && number <= SamplingOptions.MAX_REPETITION_PENALTY)) {
        throw new TypeConversionException(
            "'%s' is not from %s to %s"
                .formatted(
                    value,
                    SamplingOptions.MIN_REPETITION_PENALTY,
                    SamplingOptions.MAX_REPETITION_PENALTY));
      }
      return number;
    }
  }

  /** A number in [0, 1). */
  public static final class Fraction implements ITypeConverter<Double> {
    @Override
    public Double convert(String value) {
      double number = number(value);
      if (!(number >= 0 && number < 1)) {
        throw new TypeConversionException(
            "'" + value + "' is not at least 0 and below 1, for instance 0.1");
      }
      return number;
    }
  }

  /** A number of words, as {@link Milestones#amount} reads it. */
  public static final class WordAmount implements ITypeConverter<Long> {
    @Override
    public Long convert(String value) {
      try {
        return Milestones.amount(value);
      } catch (InputException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** A number of bytes above zero, as {@code 800M}, {@code 2G} or {@code 500000K}. */
  public static final class Bytes implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,12})([KMG])B?");

    @Override
    public Long convert(String value) {
      Matcher parts = FORM.matcher(value.toUpperCase(Locale.ROOT));
      long number = parts.matches() ? Long.parseLong(parts.group(1)) : 0;
      if (number == 0) {
        throw new TypeConversionException(
            "'" + value + "' is not a size of memory, such as 800M or 2G");
      }
      return number << (("KMG".indexOf(parts.group(2)) + 1) * 10);
    }
  }

  /** A stretch of time above zero, as {@code 90s}, {@code 10m}, {@code 2h} or {@code 1h30m}. */
  public static final class TimeSpan implements ITypeConverter<Duration> {
    private static final Pattern FORM =
        Pattern.compile("(?:(\\d{1,6})h)?(?:(\\d{1,8})m)?(?:(\\d{1,9})s)?");

    @Override
    public Duration convert(String value) {
      Matcher parts = FORM.matcher(value);
      if (!parts.matches()) {
        throw refusal(value);
      }
      Duration span =
          Duration.ofHours(part(parts, 1)).plusMinutes(part(parts, 2)).plusSeconds(part(parts, 3));
      if (span.isZero()) {
        throw refusal(value);
      }
      return span;
    }

    private static long part(Matcher parts, int group) {
      String digits = parts.group(group);
      return digits == null ? 0 : Long.parseLong(digits);
    }

    private static TypeConversionException refusal(String value) {
      return new TypeConversionException(
          "'" + value + "' is not a time such as 90s, 10m, 2h or 1h30m");
    }
  }

  private static String digits(String value, Pattern form) {
    if (!form.matcher(value).matches()) {
      throw new NumberFormatException(value);
    }
    return value;
  }

  private static int atLeast(int least, String value) {
    int number;
    try {
      number = Integer.parseInt(digits(value, WHOLE));
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + value + "' is not a whole number below 2147483648");
    }
    if (number < least) {
      throw new TypeConversionException("'" + value + "' is below " + least);
    }
    return number;
  }

  private static double number(String value) {
    double number;
    try {
      number = Double.parseDouble(digits(value, DECIMAL));
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + value + "' is not a number");
    }
    if (!Double.isFinite(number)) {
      throw new TypeConversionException("'" + value + "' is not a finite number");
    }
    return number;
  }
}
