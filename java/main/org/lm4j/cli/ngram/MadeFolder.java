package org.lm4j.cli.ngram;

import java.nio.file.Path;
import org.lm4j.InputException;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.task.lm.ngram.NgramOptions;
import org.lm4j.train.StagedFolder;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The folder of a new n-gram model, and the memory that making it may take. */
final class MadeFolder {
  @Mixin private ModelFolder made = new ModelFolder(ModelFolder.OF_TRAINING);

  @Option(names = "--force", description = "Replace what the model folder holds.")
  private boolean force;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      converter = Converters.Bytes.class,
      description =
          "Memory for counts, such as 800M or 2G; what exceeds it is sorted on disk, in the model"
              + " folder [a quarter of the heap].")
  private long memory = NgramOptions.usualMemory();

  Path path() {
    return made.path();
  }

  long memory() {
    return memory;
  }

  /**
   * Returns what happens to a model that is there.
   *
   * @throws InputException if there is one that is not to be replaced
   */
  StagedFolder.Existing existing() {
    if (!force && StagedFolder.isOccupied(path())) {
      throw new InputException(
          path() + " already holds a model; give --force to replace it, or another --model.");
    }
    return force ? StagedFolder.Existing.REPLACE : StagedFolder.Existing.REFUSE;
  }
}
