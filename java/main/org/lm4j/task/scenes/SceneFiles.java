package org.lm4j.task.scenes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.lm4j.InputException;
import org.lm4j.data.FeatureFiles;
import org.lm4j.data.Features;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.IoErrors;
import org.lm4j.io.TextLines;
import org.lm4j.task.vqa.QuestionFile;

/**
 * Writes synthetic scenes in the file formats that the commands read, so that scenes and real data
 * are handled alike.
 *
 * <p>For each {@link ScenePart}, where PART is {@code train}, {@code valid} or {@code test}:
 *
 * <ul>
 *   <li>{@code PART.npz}: features (N, 16, F) and names, see {@link FeatureFiles};
 *   <li>{@code PART.captions.tsv}: {@code image<TAB>caption}, five for each image, with the
 *       canonical one first and repeated, so that it is the most likely; or only the canonical one;
 *   <li>{@code PART.questions.tsv}: see {@link QuestionFile};
 *   <li>{@code PART.words.tsv}: {@code image<TAB>caption<TAB>cells}, for each word of each
 *       different caption the cell it names or {@code -}, see {@link WordCells};
 *   <li>{@code PART.scenes.tsv}: {@code image<TAB>scene}, see {@link Scene#parse}, to draw them.
 * </ul>
 */
public final class SceneFiles {
  private SceneFiles() {}

  /**
   * Writes all files into a folder, which is created if needed; files of the same names are
   * replaced.
   *
   * @throws java.io.UncheckedIOException if one cannot be written
   */
  public static void write(Path folder, SceneRecipe recipe) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw IoErrors.cannotWrite(folder, e);
    }
    for (ScenePart part : ScenePart.values()) {
      write(folder, recipe, part);
    }
  }

  /** Returns the path of a part's features. */
  public static Path features(Path folder, ScenePart part) {
    return folder.resolve(part.word() + ".npz");
  }

  /** Returns the path of a part's captions. */
  public static Path captions(Path folder, ScenePart part) {
    return folder.resolve(part.word() + ".captions.tsv");
  }

  /** Returns the path of a part's questions. */
  public static Path questions(Path folder, ScenePart part) {
    return folder.resolve(part.word() + ".questions.tsv");
  }

  /** Returns the path of the cells that a part's caption words name. */
  public static Path words(Path folder, ScenePart part) {
    return folder.resolve(part.word() + ".words.tsv");
  }

  /** Returns the path of a part's scenes. */
  public static Path scenes(Path folder, ScenePart part) {
    return folder.resolve(part.word() + ".scenes.tsv");
  }

  /** Returns the name of scene {@code i} of a part, as {@code test-000012}. */
  public static String name(ScenePart part, int i) {
    return String.format(Locale.ROOT, "%s-%06d", part.word(), i);
  }

  /**
   * Reads a file of scenes, keyed by image in the order of the file. Blank lines are skipped.
   *
   * @throws InputException if it cannot be read, a line is not an image and a scene, or an image
   *     occurs twice
   */
  public static Map<String, Scene> readScenes(Path file) {
    Map<String, Scene> scenes = new LinkedHashMap<>();
    TextLines.read(
        file,
        (line, number) -> {
          if (line.isBlank()) {
            return;
          }
          String place = TextLines.place(file, number);
          int tab = line.indexOf('\t');
          if (tab < 1) {
            throw new InputException(place + ": no tab between an image and its scene");
          }
          String image = line.substring(0, tab);
          if (scenes.put(image, Scene.parse(line.substring(tab + 1), place)) != null) {
            throw new InputException(place + ": a second scene of image '" + image + "'");
          }
        });
    return scenes;
  }

  private static void write(Path folder, SceneRecipe recipe, ScenePart part) {
    List<Scene> scenes = Scenes.draw(recipe.seed(), part, recipe.count(part));
    List<String> names = new ArrayList<>();
    List<String> captions = new ArrayList<>();
    List<String> words = new ArrayList<>();
    List<String> questions = new ArrayList<>();
    List<String> descriptions = new ArrayList<>();
    for (int i = 0; i < scenes.size(); i++) {
      Scene scene = scenes.get(i);
      String name = name(part, i);
      names.add(name);
      descriptions.add(name + "\t" + scene.describe());
      addCaptions(name, scene, recipe, captions, words);
      for (SceneQuestion question :
          SceneQuestions.draw(
              scene,
              recipe.kinds(),
              recipe.questions(),
              Scenes.random(recipe.seed(), "questions of " + part.word(), i))) {
        questions.add(
            String.join("\t", name, question.text(), question.answer(), question.kind().word()));
      }
    }
    writeLines(captions(folder, part), captions);
    writeLines(words(folder, part), words);
    writeLines(questions(folder, part), questions);
    writeLines(scenes(folder, part), descriptions);
    try (Features features =
        new Features(part.word(), names, ScenePictures.paint(scenes, recipe.seed(), part))) {
      FeatureFiles.write(features(folder, part), features);
    }
  }

  private static void addCaptions(
      String name, Scene scene, SceneRecipe recipe, List<String> captions, List<String> words) {
    List<SceneCaption> all = SceneCaptions.all(scene);
    captions.add(name + "\t" + all.getFirst().text());
    for (SceneCaption caption : recipe.canonicalOnly() ? List.<SceneCaption>of() : all) {
      captions.add(name + "\t" + caption.text());
    }
    for (SceneCaption caption : all) {
      words.add(
          name
              + "\t"
              + caption.text()
              + "\t"
              + caption.cells().stream()
                  .map(cell -> cell < 0 ? "-" : cell.toString())
                  .collect(Collectors.joining(" ")));
    }
  }

  private static void writeLines(Path file, List<String> lines) {
    String text = lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    AtomicFile.writeBytes(file, text.getBytes(StandardCharsets.UTF_8));
  }
}
