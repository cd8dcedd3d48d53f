package org.lm4j.cli.lm;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.train.Cadence;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.SamplePlan;
import picocli.CommandLine.Option;

/** The options of how often a training run validates, saves and logs. */
final class CadenceOptions implements HelpValues {
  @Option(
      names = "--validate-every",
      paramLabel = "N",
      description = "Steps between validations [one epoch].")
  private @Nullable Integer validateEvery;

  @Option(
      names = "--valid-batch",
      paramLabel = "N",
      description =
          "Streams the validation text is cut into: more is faster; 1 is what lm eval counts [{valid-batch}].")
  private @Nullable Integer validBatch;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      description = "Steps between checkpoints [about a minute].")
  private @Nullable Integer checkpointEvery;

  @Option(
      names = "--save-at",
      paramLabel = "WORDS",
      split = ",",
      converter = Converters.WordAmount.class,
      description = {
        "Save the model after so many words of text, as 500k,1M,2M (k, M, G), in folders chck_500k,"
            + " chck_1M, … inside the model folder: models like any other, each as large as"
            + " model.safetensors. Words are what white space separates, at all levels; text that is"
            + " read again counts again [none]."
      })
  private List<Long> saveAt = List.of();

  @Option(
      names = "--stop-after",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description =
          "End early after N validations in a row without an improvement, 0 for never [0].")
  private @Nullable Integer stopAfter;

  @Option(
      names = "--keep",
      paramLabel = "N",
      converter = Converters.NonNegativeInt.class,
      description =
          "Keep the checkpoints of the last N validations, in folders checkpoint-STEP inside the"
              + " model folder: models like any other, from which training can be resumed [0].")
  private @Nullable Integer keep;

  @Option(
      names = "--log-interval",
      paramLabel = "N",
      description = "Steps between lines of log.jsonl [{default}].")
  private int logInterval = 100;

  /** Returns the steps between lines of the log. */
  int logInterval() {
    return logInterval;
  }

  /**
   * Returns how often a run validates and saves.
   *
   * @param saved of a run that is resumed, which holds where no option says otherwise; null for a
   *     new one
   * @param samples texts that the model generates on the way; null for none
   */
  Cadence cadence(@Nullable Cadence saved, @Nullable SamplePlan samples) {
    return new Cadence(
        validateEvery != null ? validateEvery : saved != null ? saved.validationSteps() : 0,
        validBatch != null
            ? validBatch
            : saved != null ? saved.validationStreams() : RecipeBuilder.VALIDATION_STREAMS,
        checkpointEvery != null ? checkpointEvery : saved != null ? saved.checkpointSteps() : 0,
        !saveAt.isEmpty() ? saveAt : saved != null ? saved.saveAt() : null,
        orNone(stopAfter, saved == null ? null : saved.stopAfter()),
        orNone(keep, saved == null ? null : saved.keep()),
        samples);
  }

  /** Returns what was given, 0 being none, or else what was saved. */
  private static @Nullable Integer orNone(@Nullable Integer given, @Nullable Integer saved) {
    if (given == null) {
      return saved;
    }
    return given == 0 ? null : given;
  }

  @Override
  public Map<String, String> helpValues() {
    return Map.of("valid-batch", Integer.toString(RecipeBuilder.VALIDATION_STREAMS));
  }
}
