package org.lm4j.cli.inspect;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.cli.options.PathConverters;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** The options of {@code lm inspect --activations}. */
final class ActivationOptions implements HelpValues {
  private static final int TOKENS = 5000;

  /** The options that it shares with the others. */
  private static final List<String> OTHERS =
      List.of(
          "--gradients",
          "--step",
          "--untrained",
          "--steps",
          "--windows",
          "--clip",
          "--cell",
          "--hidden",
          "--layers",
          "--vocab-size",
          "--gain",
          "--init-range",
          "--forget-bias",
          "--seed",
          "--layer");

  @Option(
      names = "--activations",
      description =
          "Show the states and gates of --model along a text: which units follow what, how often"
              + " gates are saturated.")
  private boolean activations;

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = "The text of --activations, in place of --corpus; \\n is a line end.")
  private @Nullable String text;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "How many tokens of the text --activations reads at most [{tokens}].")
  private @Nullable Integer tokens;

  @Option(
      names = "--tsv",
      paramLabel = "FILE",
      converter = PathConverters.Source.class,
      description =
          "Write the values as a table, a row per token, a column VALUE.LAYER.UNIT per unit, layers and"
              + " units from 1; - for standard output.")
  private @Nullable String tsv;

  @Option(
      names = "--npz",
      paramLabel = "FILE",
      converter = PathConverters.Output.class,
      description = "Write all values as a NumPy archive, arrays of layers by tokens by units.")
  private @Nullable Path npz;

  @Option(
      names = "--values",
      paramLabel = "VALUES",
      split = ",",
      description =
          "Values of --tsv, separated by commas: h, c (of an LSTM), and gates, such as i, f, g, o [h, and"
              + " c if there is one].")
  private List<String> values = List.of();

  @Override
  public Map<String, String> helpValues() {
    return Map.of("tokens", Integer.toString(TOKENS));
  }

  /** Returns whether this is what to inspect. */
  boolean given() {
    return activations;
  }

  @Nullable String text() {
    return text == null ? null : text.replace("\\n", "\n").replace("\\t", "\t");
  }

  int tokens() {
    return tokens == null ? TOKENS : tokens;
  }

  @Nullable String tsv() {
    return tsv;
  }

  @Nullable Path npz() {
    return npz;
  }

  List<String> values() {
    return values;
  }

  /**
   * Requires that the other options are those of what is inspected.
   *
   * @throws InputException if one is not
   */
  void requireSense(ParseResult parsed, int models, boolean corpus) {
    if (!activations) {
      for (String name : List.of("--text", "--tokens", "--tsv", "--npz", "--values")) {
        if (parsed.hasMatchedOption(name)) {
          throw new InputException(name + " goes with --activations.");
        }
      }
      return;
    }
    for (String name : OTHERS) {
      if (parsed.hasMatchedOption(name)) {
        throw new InputException(name + " does not go with --activations.");
      }
    }
    if (models != 1) {
      throw new InputException(
          models == 0
              ? "--activations shows a trained model: give --model DIR."
              : "--activations shows one model; give one --model.");
    }
    if (corpus == (text != null)) {
      throw new InputException(
          corpus
              ? "give --corpus or --text, not both."
              : "give a text to read: --corpus PATH or --text TEXT.");
    }
    if (!values.isEmpty() && tsv == null) {
      throw new InputException("--values goes with --tsv.");
    }
  }
}
