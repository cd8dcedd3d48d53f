package org.lm4j.cli.net;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.task.net.CifarFiles;
import org.lm4j.task.net.IdxFiles;
import org.lm4j.task.net.LabelledImages;
import picocli.CommandLine.Option;

/** The options that name pictures. */
final class ImageOptions {
  @Option(
      names = "--images",
      paramLabel = "FILE",
      description = "Pictures in MNIST's IDX format, gzipped or not.")
  private @Nullable Path images;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description = "Their classes, 0 to 9, in the same format.")
  private @Nullable Path labels;

  @Option(
      names = "--cifar",
      paramLabel = "FILE",
      arity = "1..*",
      description = "In place of both: files of CIFAR-10's binary version, data_batch_1.bin.")
  private List<Path> cifar = new ArrayList<>();

  /**
   * Reads the pictures.
   *
   * @throws InputException if none are named, or they cannot be used
   */
  LabelledImages read() {
    if (!cifar.isEmpty()) {
      if (images != null || labels != null) {
        throw new InputException("--cifar goes without --images and --labels.");
      }
      return CifarFiles.read(cifar);
    }
    if (images == null || labels == null) {
      throw new InputException("give pictures with --images and --labels, or with --cifar.");
    }
    LabelledImages read = IdxFiles.read(images, labels);
    if (read.count() == 0) {
      throw new InputException(images + " holds no pictures.");
    }
    return read;
  }
}
