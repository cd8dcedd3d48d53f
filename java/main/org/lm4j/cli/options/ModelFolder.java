package org.lm4j.cli.options;

import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** The folder of a model that a command reads or makes. */
public final class ModelFolder implements HelpValues {
  /** The help's words on a folder that a training makes. */
  public static final String OF_TRAINING = "Folder of the model; made if needed.";

  private final String description;

  @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model folder.")
  private Path path;

  /** Creates the option for a folder that is read. */
  public ModelFolder() {
    this("Model folder; --model may be left out where it comes first.");
  }

  /** Creates the option for a folder with this description in the help. */
  public ModelFolder(String description) {
    this.description = description;
  }

  /** Returns the path of the folder. */
  public Path path() {
    return path;
  }

  @Override
  public Map<String, String> helpValues() {
    return Map.of("--model", description);
  }
}
