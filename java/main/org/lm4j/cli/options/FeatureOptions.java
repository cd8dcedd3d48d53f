package org.lm4j.cli.options;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.data.FeatureFiles;
import org.lm4j.data.Features;
import picocli.CommandLine.Option;

/** The options that name image features. A mixin for every command that looks at images. */
public final class FeatureOptions {
  @Option(
      names = "--features",
      paramLabel = "FILE",
      required = true,
      description =
          "Features of the images, a grid or a vector each: .npz (arrays features and names, or"
              + " one for each image), .npy or .safetensors.")
  private Path file;

  @Option(
      names = "--names",
      paramLabel = "FILE",
      description = "Names of the images, one a line, where the features have none.")
  private @Nullable Path names;

  /**
   * Reads them; the caller closes them.
   *
   * @throws org.lm4j.InputException if a file is missing or damaged
   */
  public Features read() {
    return FeatureFiles.read(file, names);
  }
}
