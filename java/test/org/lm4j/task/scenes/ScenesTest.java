package org.lm4j.task.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lm4j.data.DataFixtures.assertRefused;
import static org.lm4j.data.DataFixtures.assertRefusedSaying;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.data.Caption;
import org.lm4j.data.DataFixtures;
import org.lm4j.data.FeatureFiles;
import org.lm4j.data.Features;
import org.lm4j.task.caption.CaptionFiles;
import org.lm4j.task.caption.Captions;
import org.lm4j.task.scenes.SceneQuestion.Kind;
import org.lm4j.task.vqa.Question;
import org.lm4j.task.vqa.QuestionFile;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ScenesTest {
  private static final List<Kind> KINDS = List.of(Kind.values());

  /** Row 1: a red circle (5). Row 2: a blue square (8), an orange cross (10). */
  private static final Scene THREE =
      Scene.parse("10 orange cross; 5 red circle; 8 blue square", "here");

  @TempDir Path folder;

  @Test
  void scenesAreTheSameEverywhere() {
    assertThat(Scenes.draw(1, ScenePart.TRAIN, 3))
        .extracting(Scene::describe)
        .containsExactly(
            "0 purple diamond",
            "4 red square; 9 purple circle; 12 yellow circle",
            "1 blue circle; 3 green triangle");
    assertThat(Scenes.draw(1, ScenePart.TRAIN, 50).subList(0, 20))
        .isEqualTo(Scenes.draw(1, ScenePart.TRAIN, 20));
    assertThat(Scenes.draw(2, ScenePart.TRAIN, 20))
        .isNotEqualTo(Scenes.draw(1, ScenePart.TRAIN, 20));
  }

  @Test
  void noSceneIsInTwoPartsWhateverTheSeed() {
    Set<Scene> all = new HashSet<>();
    int count = 0;
    for (ScenePart part : ScenePart.values()) {
      Set<Scene> ofPart = new HashSet<>(Scenes.draw(1, part, 2000));
      assertThat(ofPart).as("no scene twice").hasSize(2000);
      ofPart.addAll(Scenes.draw(2, part, 2000));
      count += ofPart.size();
      all.addAll(ofPart);
    }
    assertThat(all).hasSize(count);
  }

  @Test
  void numbersOfObjectsAndLooksAreAsSaid() {
    List<Scene> scenes = Scenes.draw(7, ScenePart.TRAIN, 2000);
    int[] counts = new int[4];
    Map<String, Integer> looks = new HashMap<>();
    Map<Integer, Integer> cells = new HashMap<>();
    for (Scene scene : scenes) {
      counts[scene.objects().size()]++;
      for (SceneObject object : scene.objects()) {
        looks.merge(object.words(), 1, Integer::sum);
        cells.merge(object.cell(), 1, Integer::sum);
      }
    }
    assertThat(counts[1]).as("seed 7").isBetween(100, 260);
    assertThat(counts[2]).as("seed 7").isBetween(800, 1000);
    assertThat(counts[3]).as("seed 7").isBetween(800, 1000);
    assertThat(looks).hasSize(30);
    assertThat(looks.values()).as("seed 7, of 157 each").allMatch(n -> n > 100 && n < 220);
    assertThat(cells).hasSize(16);
    assertThat(cells.values()).as("seed 7, of 294 each").allMatch(n -> n > 220 && n < 370);
  }

  @Test
  void captionsSayWhatIsThere() {
    assertThat(SceneCaptions.all(THREE))
        .extracting(SceneCaption::text)
        .containsExactly(
            "a red circle above a blue square left of an orange cross",
            "there is a red circle above a blue square left of an orange cross",
            "i see a red circle above a blue square left of an orange cross",
            "below a red circle is a blue square left of an orange cross");
    assertThat(SceneCaptions.canonical(THREE).cells())
        .containsExactly(-1, 5, 5, -1, -1, 8, 8, -1, -1, -1, 10, 10);
    assertThat(SceneCaptions.all(Scene.parse("15 blue square", "here")))
        .extracting(SceneCaption::text)
        .containsExactly(
            "a blue square",
            "there is a blue square",
            "i see a blue square",
            "this is a blue square");
    assertThat(
            SceneCaptions.all(Scene.parse("1 red cross; 0 blue square", "here")).getLast().text())
        .isEqualTo("right of a blue square is a red cross");
  }

  @Test
  void wordsNameTheCellsOfTheirObjects() {
    for (Scene scene : Scenes.draw(3, ScenePart.VALID, 200)) {
      for (SceneCaption caption : SceneCaptions.all(scene)) {
        for (SceneObject object : scene.objects()) {
          List<String> named = new ArrayList<>();
          for (int i = 0; i < caption.words().size(); i++) {
            if (caption.cells().get(i) == object.cell()) {
              named.add(caption.words().get(i));
            }
          }
          assertThat(String.join(" ", named)).isEqualTo(object.words());
        }
      }
    }
  }

  @Test
  void questionsOfASceneByHand() {
    Map<String, String> answers = new HashMap<>();
    for (int seed = 0; seed < 40; seed++) {
      for (SceneQuestion question :
          SceneQuestions.draw(THREE, KINDS, 20, new SplittableRandom(seed))) {
        assertThat(
                answers.merge(question.text(), question.answer(), (a, b) -> a.equals(b) ? a : ""))
            .isEqualTo(question.answer());
      }
    }
    assertThat(answers)
        .containsEntry("what colour is the square", "blue")
        .containsEntry("what shape is the orange object", "cross")
        .containsEntry("how many objects are there", "three")
        .containsEntry("how many crosses are there", "one")
        .containsEntry("how many green objects are there", "zero")
        .containsEntry("is there an orange cross", "yes")
        .containsEntry("is there a red square", "no")
        .containsEntry("what is above the blue square", "red circle")
        .containsEntry("what is left of the red circle", "blue square")
        .containsEntry("what is left of the blue square", "nothing")
        .doesNotContainKey("what is left of the orange cross") // two are
        .doesNotContainKey("what is below the red circle")
        .doesNotContainKey("is there a green diamond"); // too far from everything to be a question
  }

  @Test
  void questionsHaveOneAnswerAndAreBalanced() {
    List<String> answers = SceneQuestions.answers();
    assertThat(answers).hasSize(48).isSorted();
    Map<String, Integer> counts = new HashMap<>();
    SplittableRandom random = new SplittableRandom(5);
    for (Scene scene : Scenes.draw(5, ScenePart.TRAIN, 2000)) {
      List<SceneQuestion> questions = SceneQuestions.draw(scene, KINDS, 4, random);
      assertThat(questions).extracting(SceneQuestion::text).doesNotHaveDuplicates().hasSize(4);
      for (SceneQuestion question : questions) {
        assertThat(answers).contains(question.answer());
        counts.merge(question.kind() + " " + question.answer(), 1, Integer::sum);
        counts.merge(question.kind().toString(), 1, Integer::sum);
      }
    }
    for (Kind kind : KINDS) {
      assertThat(counts.getOrDefault(kind.toString(), 0)).as(kind + ", seed 5").isGreaterThan(1000);
    }
    assertThat(counts.getOrDefault("EXISTENCE yes", 0)).as("seed 5").isBetween(600, 1100);
    assertThat(counts.getOrDefault("EXISTENCE no", 0)).as("seed 5").isBetween(600, 1100);
    assertThat(counts.getOrDefault("RELATION nothing", 0)).as("seed 5").isBetween(250, 700);
  }

  @Test
  void onlyTheKindsAskedFor() {
    assertThat(SceneQuestions.draw(THREE, List.of(Kind.COLOUR), 9, new SplittableRandom(1)))
        .hasSize(3)
        .allMatch(question -> question.kind() == Kind.COLOUR);
  }

  @Test
  void filesAreThoseTheCommandsRead() {
    SceneFiles.write(folder, SceneRecipe.of(11, 40));
    for (ScenePart part : ScenePart.values()) {
      int count = part == ScenePart.TRAIN ? 40 : 5;
      Captions captions = CaptionFiles.read(SceneFiles.captions(folder, part));
      Map<String, Scene> scenes = SceneFiles.readScenes(SceneFiles.scenes(folder, part));
      WordCells cells = WordCells.read(SceneFiles.words(folder, part));
      assertThat(scenes.values()).containsExactlyElementsOf(Scenes.draw(11, part, count));
      try (Features features = FeatureFiles.read(SceneFiles.features(folder, part), null)) {
        features.requireForm(16, 200);
        assertThat(features.names()).containsExactlyElementsOf(scenes.keySet());
        assertThat(features.rows(captions.all())).hasSize(5 * count);
        for (Question question : QuestionFile.read(SceneFiles.questions(folder, part))) {
          features.row(question.image(), question.place());
        }
      }
      for (Map.Entry<String, Scene> entry : scenes.entrySet()) {
        List<Caption> written = captions.of(entry.getKey());
        SceneCaption canonical = SceneCaptions.canonical(entry.getValue());
        assertThat(written.get(0).text()).isEqualTo(canonical.text());
        assertThat(written.get(1).text()).isEqualTo(canonical.text());
        assertThat(cells.of(entry.getKey(), canonical.words())).isEqualTo(canonical.cells());
        assertThat(cells.of(entry.getKey(), List.of("a", "dog"))).isNull();
      }
    }
  }

  @Test
  void theSameRecipeGivesTheSameBytes() throws IOException {
    SceneFiles.write(folder.resolve("a"), SceneRecipe.of(11, 16));
    SceneFiles.write(folder.resolve("b"), SceneRecipe.of(11, 16));
    try (var files = Files.list(folder.resolve("a"))) {
      List<Path> all = files.toList();
      assertThat(all).hasSize(15);
      for (Path file : all) {
        assertThat(file).hasSameBinaryContentAs(folder.resolve("b").resolve(file.getFileName()));
      }
    }
  }

  @Test
  void picturesShowTheirObjectsWhereTheyAre() {
    List<Scene> scenes = Scenes.draw(13, ScenePart.TRAIN, 50);
    var features = ScenePictures.paint(scenes, 13, ScenePart.TRAIN);
    double[] values = features.toArray();
    features.storage().close();
    for (int i = 0; i < scenes.size(); i++) {
      Set<Integer> taken = new HashSet<>();
      scenes.get(i).objects().forEach(object -> taken.add(object.cell()));
      for (int cell = 0; cell < Scene.CELLS; cell++) {
        int start = (i * Scene.CELLS + cell) * ScenePictures.WIDTH;
        double brightest = 0;
        for (int at = 0; at < 192; at++) {
          brightest = Math.max(brightest, values[start + at]);
        }
        assertThat(brightest > 0.4)
            .as("seed 13, scene " + i + ", cell " + cell)
            .isEqualTo(taken.contains(cell));
        for (int at = 0; at < 4; at++) {
          assertThat(values[start + 192 + at]).isEqualTo(at == cell / 4 ? 1 : 0);
          assertThat(values[start + 196 + at]).isEqualTo(at == cell % 4 ? 1 : 0);
        }
      }
    }
  }

  @Test
  void twoPicturesOfOneSceneDiffer() {
    var features = ScenePictures.paint(List.of(THREE, THREE), 1, ScenePart.TEST);
    assertThat(features.slice(0, 1).toArray()).isNotEqualTo(features.slice(1, 1).toArray());
    features.storage().close();
  }

  @Test
  void aDrawingIsXmlWithEveryObject() throws Exception {
    for (Scene scene : Scenes.draw(17, ScenePart.TEST, 30)) {
      Document svg =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(SceneDrawing.svg(scene, 160))));
      assertThat(svg.getElementsByTagName("g").getLength()).isEqualTo(scene.objects().size());
      assertThat(svg.getElementsByTagName("title").item(0).getTextContent())
          .isEqualTo(SceneCaptions.canonical(scene).text());
    }
  }

  @Test
  void scenesAsTextAndBack() {
    assertThat(THREE.describe()).isEqualTo("5 red circle; 8 blue square; 10 orange cross");
    assertThat(Scene.parse(THREE.describe(), "here")).isEqualTo(THREE);
    for (String broken :
        List.of(
            "",
            "5",
            "5 red",
            "16 red circle",
            "-1 red circle",
            "5 pink circle",
            "5 red blob",
            "5 red circle; 5 blue square",
            "5 red circle; 6 red circle",
            "x red circle",
            "1 red circle; 2 red cross; 3 blue cross; 4 green cross")) {
      assertRefused(
          () -> Scene.parse(broken, "f, line 3"), "f, line 3: '" + broken + "' is not a scene");
    }
  }

  @Test
  void brokenTablesAreNamed() {
    Path file = folder.resolve("x.tsv");
    DataFixtures.write(file, "a\t5 red circle\na\t6 red circle\n");
    assertRefused(
        () -> SceneFiles.readScenes(file), file + ", line 2: a second scene of image 'a'");
    DataFixtures.write(file, "a 5 red circle\n");
    assertRefusedSaying(() -> SceneFiles.readScenes(file), ", line 1: no tab between");
    DataFixtures.write(file, "a\ta dog\t- 3 4\n");
    assertRefused(() -> WordCells.read(file), file + ", line 1: 2 words, but 3 cells");
    DataFixtures.write(file, "a\ta dog\t- x\n");
    assertRefused(() -> WordCells.read(file), file + ", line 1: 'x' is neither a cell nor -");
    DataFixtures.write(file, "a\ta dog\t- 3\na\ta dog\t- 4\n");
    assertRefusedSaying(() -> WordCells.read(file), ", line 2: the cells of this caption");
    DataFixtures.write(file, "a\ta dog\n");
    assertRefusedSaying(() -> WordCells.read(file), ", line 1: image, caption and cells");
    DataFixtures.write(file, "a\twhat\tdog\n\na\twhat\n");
    assertRefusedSaying(() -> QuestionFile.read(file), ", line 3: image, question and answer");
    DataFixtures.write(file, "a\twhat\t \n");
    assertRefused(() -> QuestionFile.read(file), file + ", line 1: the answer is empty");
    DataFixtures.write(file, "\n");
    assertRefused(() -> QuestionFile.read(file), file + " has no questions");
    DataFixtures.write(file, "a\twhat\tdog\tanimal\n");
    assertThat(QuestionFile.read(file))
        .containsExactly(new Question("a", "what", "dog", "animal", file + ", line 1"));
  }

  @Test
  void recipesOutOfRange() {
    assertThatThrownBy(() -> SceneRecipe.of(1, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SceneRecipe.of(1, 100_001))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Scenes.draw(1, ScenePart.TEST, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
