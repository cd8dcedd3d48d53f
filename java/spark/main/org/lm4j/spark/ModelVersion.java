package org.lm4j.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.io.FileGroup;
import org.lm4j.model.ModelFiles;

/** Distinguishes the models that a folder holds one after the other. */
final class ModelVersion {
  private ModelVersion() {}

  /**
   * Returns what changes when another model is saved into a folder: the recorded checksums, lengths
   * and times of the files that make up a model. They move to their places as they are, so that the
   * version does not change while a save is completed.
   *
   * @throws InputException if the folder cannot be read
   */
  static String of(Path folder) {
    FileGroup group = ModelFiles.group(folder);
    List<String> names = new ArrayList<>(ModelFiles.description());
    names.add(ModelFiles.WEIGHTS);
    StringBuilder version = new StringBuilder();
    for (String name : names) {
      try {
        BasicFileAttributes file =
            Files.readAttributes(group.locate(name), BasicFileAttributes.class);
        version
            .append(name)
            .append(' ')
            .append(group.recorded(name))
            .append(' ')
            .append(file.size())
            .append(' ')
            .append(file.lastModifiedTime())
            .append('\n');
      } catch (NoSuchFileException e) {
        // not every kind of model has every file
      } catch (IOException e) {
        throw new InputException("cannot read the model in %s: %s".formatted(folder, e), e);
      }
    }
    return version.toString();
  }
}
