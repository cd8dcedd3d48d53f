package org.lm4j.cli.lm;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Asked;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.decode.GenerationDefaults;
import org.lm4j.decode.SamplingOptions;
import picocli.CommandLine.Option;

/** The options of sampling; what is not given is as the model's folder says, see there. */
final class SamplingArguments implements HelpValues {
  private static final SamplingOptions USUAL = SamplingOptions.DEFAULT;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class, // what 0 means elsewhere is said at --greedy
      description =
          "Below 1 safer, above 1 wilder; at least 0.001, for the most likely text see --greedy"
              + " [{usual-temperature}]. The default of this option and of those below comes from"
              + " generation_config.json, if the model folder has it.")
  private @Nullable Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      converter = Converters.NonNegativeInt.class,
      description = "Pick among the K most likely tokens only, 0 for all [{usual-top-k}].")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Pick among the most likely tokens that make up P of the probability [{usual-top-p}].")
  private @Nullable Double topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      converter = Converters.Fraction.class,
      description =
          "Leave out tokens less likely than P times the most likely one, 0 for none"
              + " [{usual-min-p}].")
  private @Nullable Double minP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      converter = Converters.Penalty.class,
      description =
          "Divide the positive logits, and multiply the negative ones, of tokens that are among the"
              + " last 64 of prompt and text; from 0.1 to 10, 1 for none. Line ends are exempt"
              + " [{usual-penalty}].")
  private @Nullable Double repetitionPenalty;

  @Option(names = "--greedy", description = "Always take the most likely token.")
  private boolean greedy;

  @Override
  public Map<String, String> helpValues() {
    return Map.of(
        "usual-temperature", HelpValues.number(USUAL.temperature()),
        "usual-top-k", Integer.toString(USUAL.topK()),
        "usual-top-p", HelpValues.number(USUAL.topP()),
        "usual-min-p", HelpValues.number(USUAL.minP()),
        "usual-penalty", HelpValues.number(USUAL.repetitionPenalty()));
  }

  /**
   * Returns the options for a model.
   *
   * @throws InputException if a value is out of range, or the folder has defaults that cannot be
   *     read
   */
  SamplingOptions options(Path model) {
    if (temperature != null && temperature < SamplingOptions.MIN_TEMPERATURE) {
      throw new InputException(
          "--temperature is at least %s; for the most likely text give --greedy in place of it."
              .formatted(SamplingOptions.MIN_TEMPERATURE));
    }
    SamplingOptions usual = GenerationDefaults.of(model);
    return Asked.valid(
        () ->
            new SamplingOptions(
                Asked.or(temperature, usual.temperature()),
                Asked.or(topK, usual.topK()),
                Asked.or(topP, usual.topP()),
                Asked.or(minP, usual.minP()),
                Asked.or(repetitionPenalty, usual.repetitionPenalty()),
                greedy));
  }
}
