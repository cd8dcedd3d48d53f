package org.lm4j.cli.options;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import picocli.CommandLine.Option;

/** A file of examples to learn from, and which examples to validate on. */
public final class ExampleFiles implements HelpValues {
  private final double heldOut;
  private final Map<String, String> descriptions;

  @Option(names = "--corpus", paramLabel = "FILE", required = true, description = "Examples.")
  private Path corpus;

  @Option(names = "--valid", paramLabel = "FILE", description = "Examples to validate on.")
  private @Nullable Path valid;

  @Option(
      names = "--valid-fraction",
      paramLabel = "X",
      converter = Converters.Fraction.class,
      description = "Part of --corpus held out.")
  private @Nullable Double validFraction;

  /**
   * Files of a task.
   *
   * @param heldOut part of the corpus that is held out by default
   * @param corpus what the help says of {@code --corpus}
   * @param valid what it says of {@code --valid}
   * @param fraction what it says of {@code --valid-fraction}, but for the default
   */
  public ExampleFiles(double heldOut, String corpus, String valid, String fraction) {
    this.heldOut = heldOut;
    this.descriptions =
        Map.of(
            "--corpus",
            corpus,
            "--valid",
            valid,
            "--valid-fraction",
            fraction + " [" + HelpValues.number(heldOut) + "].");
  }

  @Override
  public Map<String, String> helpValues() {
    return descriptions;
  }

  /** Returns the file to learn from. */
  public Path corpus() {
    return corpus;
  }

  /**
   * Returns the file to validate on; null if a part of the corpus is to be held out.
   *
   * @throws InputException if both were asked for
   */
  public @Nullable Path valid() {
    if (valid != null && validFraction != null) {
      throw new InputException("give --valid or --valid-fraction, not both.");
    }
    return valid;
  }

  /** Returns the part of the corpus to hold out. */
  public double fraction() {
    return Asked.or(validFraction, heldOut);
  }
}
