package org.lm4j.cli.options;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The page of HTML that a command draws. */
public final class PageOption implements HelpValues {
  private final String description;

  @Option(
      names = "--page",
      paramLabel = "FILE.html",
      converter = PathConverters.Output.class,
      description = "Draw a page.")
  private @Nullable Path file;

  /** Creates the option with this description in the help. */
  public PageOption(String description) {
    this.description = description;
  }

  /** Returns the file to write, or null. */
  public @Nullable Path file() {
    return file;
  }

  @Override
  public Map<String, String> helpValues() {
    return Map.of("--page", description);
  }
}
