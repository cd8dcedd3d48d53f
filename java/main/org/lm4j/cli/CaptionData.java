package org.lm4j.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.data.CaptionFiles;
import org.lm4j.data.Captions;
import org.lm4j.data.Features;
import org.lm4j.data.ImageNames;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Images that have captions: the options of a command that judges. */
final class CaptionData {
  @Mixin private FeatureOptions features;

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
    return features.read();
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
