package org.lm4j.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.task.scenes.SceneFiles;
import org.lm4j.task.scenes.ScenePart;
import org.lm4j.task.scenes.SceneRecipe;
import org.lm4j.task.scenes.Scenes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lm scenes}: generates scenes to learn from, where there are no photographs. */
@Command(
    name = "scenes",
    customSynopsis = "lm scenes --output DIR [OPTIONS]",
    description = {
      "Generate synthetic scenes, with captions and questions: "
          + "one to three coloured shapes on a grid of 4 by"
          + " 4 cells.",
      "Writes, for each of train, valid and test, PART.npz (features of 16 cells),"
          + " PART.captions.tsv, PART.questions.tsv, PART.words.tsv (the cell each word names) and"
          + " PART.scenes.tsv. No scene is in two parts; the same seed makes the same scenes on"
          + " every machine."
    },
    footer = {
      "Examples:",
      "  lm scenes --output scenes",
      "  lm scenes --output few --count 50 --canonical",
      "  lm caption train --features scenes/train.npz \\",
      "                   --captions scenes/train.captions.tsv \\",
      "                   --model models/scenes"
    })
final class ScenesCommand extends Subcommand implements Runnable {
  @Option(
      names = "--output",
      paramLabel = "DIR",
      converter = PathConverters.OutputFolder.class,
      required = true,
      description = "Folder for the files; made if needed.")
  private Path folder;

  @Option(
      names = "--count",
      paramLabel = "N",
      description =
          "Training scenes; for validation and for the test an eighth as many each [{default}].")
  private int count = 8000;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of everything [{default}].")
  private long seed = 1;

  @Option(
      names = "--canonical",
      description = "One caption for each scene, not five that say the same in other words.")
  private boolean canonical;

  @Option(names = "--force", description = "Replace files of the same names.")
  private boolean force;

  @Override
  public void run() {
    if (count > Scenes.MAX_COUNT) {
      throw new InputException("--count is at most %,d.".formatted(Scenes.MAX_COUNT));
    }
    Path first = SceneFiles.features(folder, ScenePart.TRAIN);
    if (!force && Files.exists(first)) {
      throw new InputException(
          first + " is there already; replace it with --force, or choose another --output.");
    }
    SceneRecipe usual = SceneRecipe.of(seed, count);
    SceneRecipe recipe =
        new SceneRecipe(
            seed, count, usual.valid(), usual.test(), canonical, usual.questions(), usual.kinds());
    SceneFiles.write(folder, recipe);
    PrintWriter out = out();
    out.printf(
        Locale.ROOT,
        "%,d scenes to learn from, %,d to stop by, %,d to judge by; in %s%n",
        recipe.train(),
        recipe.valid(),
        recipe.test(),
        shown(folder));
    out.flush();
  }
}
