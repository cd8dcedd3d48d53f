package org.lm4j.cli.options;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.data.FeatureFiles;
import org.lm4j.data.Features;
import picocli.CommandLine.Option;

/** The options of validation images whose features are in a separate file. */
public final class ValidFeatureOptions {
  @Option(
      names = "--valid-features",
      paramLabel = "FILE",
      description = "Features of the images to validate on [those of --features].")
  private @Nullable Path file;

  @Option(
      names = "--valid-names",
      paramLabel = "FILE",
      description = "Names of these images, where they have none.")
  private @Nullable Path names;

  /** Returns whether any were given. */
  public boolean given() {
    return file != null || names != null;
  }

  /** Reads them; null if there is no file. The caller closes them. */
  public @Nullable Features read() {
    return file == null ? null : FeatureFiles.read(file, names);
  }
}
