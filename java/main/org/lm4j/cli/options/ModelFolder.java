package org.lm4j.cli.options;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The folder of a model that a command uses. A mixin, so that the option is declared once. */
public final class ModelFolder {
  @Option(
      names = "--model",
      paramLabel = "DIR",
      required = true,
      description = "Model folder; --model may be left out where it comes first.")
  private Path path;

  /** Returns the path of the folder. */
  public Path path() {
    return path;
  }
}
