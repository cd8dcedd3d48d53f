package org.lm4j.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.data.CaptionFiles;
import org.lm4j.data.Captions;
import org.lm4j.data.FeatureFiles;
import org.lm4j.data.Features;
import org.lm4j.data.ImageNames;
import picocli.CommandLine.Option;

/** Images that have captions: the options of a command that judges. */
final class CaptionData {
  @Option(
      names = "--features",
      paramLabel = "FILE",
      required = true,
      description =
          "Features of the images, a grid or a vector each: .npz (arrays features and names, or"
              + " one for each image), .npy or .safetensors.")
  private Path features;

  @Option(
      names = "--names",
      paramLabel = "FILE",
      description = "Names of the images, one a line, where the features have none.")
  private @Nullable Path names;

  @Option(
      names = "--captions",
      paramLabel = "FILE",
      required = true,
      description =
          "Captions: Flickr8k's token file, COCO's JSON, or lines of image, tab, caption.")
  private Path captions;

  @Option(
      names = "--image-list",
      paramLabel = "FILE",
      description = "Take only the images this file names, one a line.")
  private @Nullable Path list;

  /** The features; the caller closes them. */
  Features readFeatures() {
    return FeatureFiles.read(features, names);
  }

  /** The captions. */
  Captions readCaptions() {
    Captions all = readAllCaptions();
    return list == null ? all : all.of(ImageNames.read(list));
  }

  /** The captions of all images, listed or not. */
  Captions readAllCaptions() {
    return CaptionFiles.read(captions);
  }
}
