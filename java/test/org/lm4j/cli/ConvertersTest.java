package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.cli.options.Converters;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

class ConvertersTest {
  @ParameterizedTest
  @CsvSource({"90s, 90", "10m, 600", "2h, 7200", "1h30m, 5400", "1h1m1s, 3661", "1m1s, 61"})
  void timesAreRead(String text, long seconds) {
    assertThat(new Converters.TimeSpan().convert(text)).hasSeconds(seconds);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "0m", "-1m", "1m1h", "1.5h", "1d", "m", "99999999999s", "1 m"})
  void otherTimesAreRefusedWithExamples(String text) {
    assertThatThrownBy(() -> new Converters.TimeSpan().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("'" + text + "' is not a time such as 90s, 10m, 2h or 1h30m");
  }

  @ParameterizedTest
  @CsvSource({
    "PositiveInt, 1",
    "Threads, 1",
    "Threads, 1024",
    "NonNegativeInt, 0",
    "Fraction, 0",
    "Fraction, 0.999",
    "PositiveNumber, 1e-9",
    "NonNegativeNumber, 0"
  })
  void numbersAtTheEdgeOfTheRangeAreTaken(String converter, String text) throws Exception {
    assertThat(converter(converter).convert(text)).isInstanceOf(Number.class);
  }

  @ParameterizedTest
  @CsvSource({
    "PositiveInt, 0",
    "Threads, 0",
    "Threads, 1025",
    "PositiveInt, 1.5",
    "PositiveInt, 2147483648",
    "PositiveInt, x",
    "PositiveInt, ３",
    "NonNegativeInt, ０",
    "WholeNumber, ９",
    "WholeNumber, ''",
    "PositiveNumber, ３",
    "PositiveNumber, 0x1p3",
    "PositiveNumber, 3d",
    "NonNegativeInt, -1",
    "Fraction, 1",
    "Fraction, -0.1",
    "Fraction, NaN",
    "PositiveNumber, 0",
    "PositiveNumber, Infinity",
    "PositiveNumber, x",
    "NonNegativeNumber, -1e-9",
    "NonNegativeNumber, NaN"
  })
  void numbersOutOfRangeAreRefusedByName(String converter, String text) {
    assertThatThrownBy(() -> converter(converter).convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageStartingWith("'" + text + "' is ");
  }

  private static ITypeConverter<? extends Number> converter(String name) {
    return switch (name) {
      case "PositiveInt" -> Converters::positiveInt;
      case "Threads" -> new Converters.Threads();
      case "NonNegativeInt" -> new Converters.NonNegativeInt();
      case "WholeNumber" -> Converters::wholeNumber;
      case "Fraction" -> new Converters.Fraction();
      case "PositiveNumber" -> Converters::positiveNumber;
      case "NonNegativeNumber" -> new Converters.NonNegativeNumber();
      default -> throw new IllegalArgumentException(name);
    };
  }
}
