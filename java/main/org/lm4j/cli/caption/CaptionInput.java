package org.lm4j.cli.caption;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Notes;
import org.lm4j.cli.options.FeatureOptions;
import org.lm4j.data.Features;
import org.lm4j.data.ImageNames;
import org.lm4j.task.caption.CaptionFiles;
import org.lm4j.task.caption.Captions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that name images with captions, for evaluation. */
final class CaptionInput {
  @Mixin private FeatureOptions features;

  @Option(
      names = "--captions",
      paramLabel = "FILE",
      required = true,
      description =
          "Captions: Flickr8k's token file, COCO's or Karpathy's JSON, or lines of image, tab,"
              + " caption.")
  private Path captions;

  @Option(
      names = "--image-list",
      paramLabel = "FILE",
      description = "Take only the images this file names, one a line.")
  private @Nullable Path list;

  /** Returns the features; the caller closes them. */
  Features readFeatures() {
    return features.read();
  }

  /**
   * Returns the captions: of the listed images, or of these parts where the file is of a data set
   * that has parts.
   */
  Captions readCaptions(CommandSpec spec, Set<String> splits) {
    Captions all = readAllCaptions(spec);
    return list == null ? ofSplits(all, splits, spec) : all.of(ImageNames.read(list));
  }

  /** Returns the captions of all images, listed or not. */
  Captions readAllCaptions(CommandSpec spec) {
    return CaptionFiles.read(captions, Notes.to(spec));
  }

  /** Returns the captions of the images of these parts, of all where the file knows no parts. */
  static Captions ofSplits(Captions all, Set<String> splits, CommandSpec spec) {
    if (all.splits().isEmpty()) {
      return all;
    }
    Captions chosen = all.ofSplits(splits);
    Notes.to(spec)
        .accept(
            String.format(
                Locale.ROOT,
                "%s: %,d captions of the split %s, of %,d in all; --image-list chooses others",
                all.file(),
                chosen.all().size(),
                all.splits().stream().filter(splits::contains).collect(Collectors.joining(", ")),
                all.all().size()));
    return chosen;
  }
}
