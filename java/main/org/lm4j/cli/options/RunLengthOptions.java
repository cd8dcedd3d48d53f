package org.lm4j.cli.options;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.train.RunLength;
import picocli.CommandLine.Option;

/** The options of the length of a run. */
public final class RunLengthOptions implements HelpValues {
  private final String unit;
  private final double usual;

  @Option(
      names = "--epochs",
      paramLabel = "X",
      description =
          "Passes over the {unit}, 0.5 is half of one [{epochs}; with --resume: as planned].")
  private @Nullable Double epochs;

  @Option(
      names = "--time",
      paramLabel = "SPAN",
      converter = Converters.TimeSpan.class,
      description =
          "Time of training, as 90s, 10m or 1h30m, in place of or besides --epochs; all runs of it"
              + " together, where it is resumed.")
  private @Nullable Duration time;

  /**
   * Lengths of a run.
   *
   * @param unit what an epoch passes over, in the plural
   * @param usual epochs where nothing is asked for
   */
  public RunLengthOptions(String unit, double usual) {
    this.unit = unit;
    this.usual = usual;
  }

  @Override
  public Map<String, String> helpValues() {
    return Map.of("unit", unit, "epochs", HelpValues.number(usual));
  }

  /**
   * Returns the length asked for, or otherwise the other.
   *
   * @param steps asked for besides, or null
   */
  public RunLength length(@Nullable Integer steps, RunLength otherwise) {
    return epochs == null && time == null && steps == null
        ? otherwise
        : new RunLength(
            epochs,
            steps == null ? null : Long.valueOf(steps),
            time == null ? null : Double.valueOf(time.toMillis() / 1e3));
  }
}
