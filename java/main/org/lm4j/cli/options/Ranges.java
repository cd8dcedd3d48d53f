package org.lm4j.cli.options;

import java.util.List;
import java.util.Locale;
import org.lm4j.decode.BeamSearch;
import org.lm4j.task.vqa.VqaConfig;
import org.lm4j.train.Recipe;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Checks the largest value of every option that takes a number, before a command begins. What is
 * above is a typing mistake, or would overflow further down; the least values are the {@link
 * Converters}'. Seeds may be any number.
 */
public final class Ranges {
  private static final long WIDTH = 1 << 16;
  private static final long USUAL = 1_000_000_000; // of which two can be added

  private Ranges() {}

  /**
   * Returns the greatest whole number, or size of a number with a fraction, of the option {@code
   * name}.
   */
  public static double most(String name) {
    return switch (name) {
      case "--batch", "--valid-batch" -> Recipe.MOST_BATCH;
      case "--bptt" -> Recipe.MOST_BPTT;
      case "--hidden",
          "--embedding",
          "--char-embedding",
          "--char-hidden",
          "--feature-embedding",
          "--attention",
          "--attention-width",
          "--seen",
          "--decision" ->
          WIDTH;
      case "--layers", "--layer" -> 64;
      case "--hops" -> VqaConfig.MOST_HOPS;
      case "--beam" -> BeamSearch.MOST_BEAM;
      case "--length-power" -> 10;
      case "--max-length" -> BeamSearch.MOST_LENGTH;
      case "--word-column", "--tag-column", "--feature-columns" -> 1000;
      case "--negatives", "--window" -> 1024;
      case "--samples", "--trials", "--resamples" -> 1_000_000;
      case "--learning-rate", "--rates", "--weight-decay", "--reg", "--regs", "--temperature" ->
          1e6;
      case "--clip", "--clip-value", "--init-range", "--forget-bias", "--gain" -> Float.MAX_VALUE;
      case "--decay", "--subsample", "--top-p" -> 1;
      case "--seed" -> Long.MAX_VALUE;
      default -> USUAL;
    };
  }

  /**
   * Checks all numbers of a command line.
   *
   * @throws ParameterException if one is out of its range
   */
  public static void check(ParseResult parsed) {
    for (OptionSpec option : parsed.matchedOptions()) {
      double most = most(option.names()[0]);
      for (Object value : values(option)) {
        if (value instanceof Number number && Math.abs(number.doubleValue()) > most) {
          throw new ParameterException(
              parsed.commandSpec().commandLine(),
              String.format(
                  Locale.ROOT,
                  "Invalid value for option '%s': '%s' is %s",
                  option.names()[0],
                  value,
                  number.doubleValue() < 0 ? "below -" + text(most) : "above " + text(most)),
              option,
              value.toString());
        }
      }
    }
    if (parsed.hasSubcommand()) {
      check(parsed.subcommand());
    }
  }

  private static List<?> values(OptionSpec option) {
    return option.isMultiValue() && option.getValue() instanceof List<?> list
        ? list
        : option.typedValues();
  }

  private static String text(double most) {
    return most < 1e15 ? String.format(Locale.ROOT, "%,.0f", most) : Double.toString(most);
  }
}
