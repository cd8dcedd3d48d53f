package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.optim.Schedule;
import org.lm4j.task.caption.CaptionData;
import org.lm4j.task.caption.Captioner;
import org.lm4j.task.classify.LabelledPairs;
import org.lm4j.task.classify.TextClassifier;
import org.lm4j.task.classify.TextClassifierConfig;
import org.lm4j.task.classify.TextClassifierData;
import org.lm4j.task.classify.TextClassifierTask;
import org.lm4j.task.embed.WordVectors;
import org.lm4j.task.net.IdxFiles;
import org.lm4j.task.net.ImageClassifier;
import org.lm4j.task.seq2seq.Seq2Seq;
import org.lm4j.task.tag.Tagger;
import org.lm4j.task.vqa.Vqa;
import org.lm4j.task.vqa.VqaData;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.Recipe;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.TrainingResult;

/**
 * What a program trains has the bits of what the command line trains, in every task but language
 * models (see {@link LibraryTrainingTest}), also if it is cancelled and resumed.
 */
@Tag("slow")
class LibraryTaskTrainingTest {
  private static final ProgressListener QUIET = progress -> {};

  @TempDir private Path folder;

  private interface Training {
    TrainingResult train(RecipeBuilder recipe, Path folder, ProgressListener listener);
  }

  private interface Resuming {
    TrainingResult resume(Path folder, ProgressListener listener);
  }

  /** A task: the options that name its data, and the same data as the library takes them. */
  private record Task(String name, List<String> data, Training training, Resuming resuming) {}

  private interface OfOneFile {
    TrainingResult train(Path corpus, RecipeBuilder recipe, Path folder, ProgressListener listener);
  }

  private interface ResumingOfOneFile {
    TrainingResult resume(Path corpus, Path folder, ProgressListener listener);
  }

  private static Task task(
      String name, Path corpus, OfOneFile training, ResumingOfOneFile resuming) {
    return new Task(
        name,
        List.of("--corpus", corpus.toString()),
        (recipe, model, listener) -> training.train(corpus, recipe, model, listener),
        (model, listener) -> resuming.resume(corpus, model, listener));
  }

  @Test
  void taggers() throws IOException {
    Path corpus = write("tags.txt", "a O\nb-s B-T\nc I-T\n\nc O\nb-s B-T\n\n".repeat(9));
    Task task = task("tag", corpus, Tagger::train, Tagger::resume);
    assertSame(task);
    assertResumes(task);
    Path other = write("others.txt", "a O\nb-s B-T\nc O\n\nc O\nb-s B-T\n\n".repeat(9));
    assertThatThrownBy(() -> Tagger.resume(other, folder.resolve("cancelled"), QUIET))
        .isInstanceOf(InputException.class);
  }

  @Test
  void classifiers() throws IOException {
    Path corpus = write("texts.tsv", "good\tnice and fine\nbad\tnot so nice\n".repeat(9));
    Task task = task("classify", corpus, TextClassifier::train, TextClassifier::resume);
    assertSame(task);
    assertResumes(task);
  }

  @Test
  void aClassifierOfPairsIsResumed() throws IOException {
    Path corpus = write("pairs.tsv", "same\ta b\ta b\nother\ta b\tb c\n".repeat(9));
    List<String> data = List.of("--corpus", corpus.toString());
    command("classify", data, "whole", "--pairs", "--epochs", "2", "--batch", "4", "--seed", "7");
    TextClassifierData drawn =
        TextClassifierData.draw(
            LabelledPairs.read(corpus, note -> {}), TextClassifier.HELD_OUT, 0, 7);
    TextClassifierTask task =
        TextClassifierTask.begin(drawn, TextClassifierConfig.defaults().ofPairs(true), 1, null);
    Path parts = folder.resolve("parts");
    TextClassifier.train(
        task,
        Recipe.defaults().epochs(2).batch(4).seed(7),
        parts,
        ProgressListener.Progress::cancel);
    assertThat(TextClassifier.resume(corpus, parts, QUIET).finished()).isTrue();
    assertSameModel("whole", "parts");
  }

  @Test
  void translators() throws IOException {
    StringBuilder numbers = new StringBuilder("0\t" + "0".repeat(Seq2Seq.MAX_LENGTH + 1) + "\n");
    for (int i = 8; i < 40; i++) {
      numbers.append(i).append('\t').append(Integer.toString(i, 2)).append('\n');
    }
    Task task =
        task("seq2seq", write("n.tsv", numbers.toString()), Seq2Seq::train, Seq2Seq::resume);
    assertSame(task);
    assertResumes(task);
    Path tooLong = write("long.tsv", "0\t" + "0".repeat(Seq2Seq.MAX_LENGTH + 1) + "\n");
    assertThatThrownBy(
            () -> Seq2Seq.train(tooLong, Recipe.defaults(), folder.resolve("none"), QUIET))
        .isInstanceOfSatisfying(
            InputException.class, e -> assertThat(e.parameters()).containsExactly("maxLength"));
  }

  @Test
  void wordVectors() throws IOException {
    Path corpus = write("words.txt", "the cat sees a dog and the dog sees a cat\n".repeat(90));
    Task task =
        new Task(
            "embed",
            List.of("--corpus", corpus.toString()),
            (recipe, model, listener) -> WordVectors.train(corpus, recipe, model, listener),
            WordVectors::resume);
    assertSame(task);
    assertResumes(task);
  }

  @Test
  void imageClassifiers() throws IOException {
    Path images = folder.resolve("images");
    Path labels = folder.resolve("labels");
    LibraryTasksTest.writeImages(images, labels);
    Task task =
        new Task(
            "net",
            List.of("--images", images.toString(), "--labels", labels.toString()),
            (recipe, model, listener) ->
                ImageClassifier.train(images, labels, recipe, model, listener),
            (model, listener) ->
                ImageClassifier.resume(IdxFiles.read(images, labels), model, listener));
    assertSame(task);
    assertResumes(task);
  }

  @Test
  void captioners() {
    Path scenes = scenes();
    CaptionData.Files training =
        new CaptionData.Files(scenes.resolve("train.npz"), scenes.resolve("train.captions.tsv"));
    CaptionData.Files validation =
        new CaptionData.Files(scenes.resolve("valid.npz"), scenes.resolve("valid.captions.tsv"));
    Task task =
        new Task(
            "caption",
            List.of(
                "--features",
                training.features().toString(),
                "--captions",
                training.captions().toString(),
                "--valid-features",
                validation.features().toString(),
                "--valid-captions",
                validation.captions().toString()),
            (recipe, model, listener) ->
                Captioner.train(training, validation, recipe, model, listener),
            (model, listener) -> Captioner.resume(training, validation, model, listener));
    assertSame(task);
    assertResumes(task);
    Path last = folder.resolve("last");
    RecipeBuilder recipe = Recipe.defaults().epochs(1).seed(7);
    assertThat(Captioner.train(training, null, recipe, last, QUIET).validationLoss()).isEmpty();
    command("caption", task.data.subList(0, 4), "last-command", "--epochs", "1", "--seed", "7");
    assertSameModel("last-command", "last");
  }

  @Test
  void modelsThatAnswerQuestions() {
    Path scenes = scenes();
    VqaData.Files training =
        new VqaData.Files(scenes.resolve("train.npz"), scenes.resolve("train.questions.tsv"));
    VqaData.Files validation =
        new VqaData.Files(scenes.resolve("valid.npz"), scenes.resolve("valid.questions.tsv"));
    Task task =
        new Task(
            "vqa",
            List.of(
                "--features",
                training.features().toString(),
                "--questions",
                training.questions().toString(),
                "--valid-features",
                validation.features().toString(),
                "--valid-questions",
                validation.questions().toString()),
            (recipe, model, listener) -> Vqa.train(training, validation, recipe, model, listener),
            (model, listener) -> Vqa.resume(training, validation, model, listener));
    assertSame(task);
    assertResumes(task);
  }

  @Test
  void aScheduleGivenAsAValueIsRequiredAgain() throws IOException {
    Path corpus = write("words.txt", "the cat sees a dog and the dog sees a cat\n".repeat(90));
    Schedule half = progress -> progress.step() < 2 ? 1 : 0.5;
    RecipeBuilder recipe = Recipe.defaults().batch(4).epochs(1).schedule(half);
    WordVectors.train(corpus, recipe, folder.resolve("whole"), QUIET);
    Path parts = folder.resolve("parts");
    WordVectors.train(
        corpus,
        recipe,
        parts,
        progress -> {
          if (progress.step() == 2) {
            progress.cancel();
          }
        });
    assertThatThrownBy(() -> WordVectors.resume(parts, QUIET))
        .isInstanceOfSatisfying(
            InputException.class, e -> assertThat(e.parameters()).containsExactly("schedule"));
    assertThat(WordVectors.resume(parts, half, QUIET).finished()).isTrue();
    assertSameModel("parts", "whole");
  }

  /** The same defaults, and the same numbers. */
  private void assertSame(Task task) {
    command(task.name, task.data, "command", "--epochs", "1", "--seed", "7");
    Path program = folder.resolve("program");
    List<Long> steps = new ArrayList<>();
    TrainingResult result =
        task.training.train(Recipe.defaults().epochs(1).seed(7), program, p -> steps.add(p.step()));
    assertThat(result.finished()).isTrue();
    assertThat(result.steps()).isEqualTo(steps.getLast());
    assertThat(result.validationLoss()).isPresent();
    assertSameModel("command", "program");
    assertThatThrownBy(() -> task.training.train(Recipe.defaults(), program, QUIET))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("holds a model");
  }

  /** A cancelled run resumes to the bits of a whole one, by the library and by the command. */
  private void assertResumes(Task task) {
    command(task.name, task.data, "whole", "--epochs", "2", "--batch", "4", "--seed", "7");
    Path program = folder.resolve("resumed");
    cancel(task, program);
    List<Long> steps = new ArrayList<>();
    assertThat(task.resuming.resume(program, p -> steps.add(p.step())).finished()).isTrue();
    assertThat(steps).startsWith(2L);
    assertSameModel("whole", "resumed");
    Path command = folder.resolve("cancelled");
    cancel(task, command);
    command(task.name, task.data, "cancelled", "--resume");
    assertSameModel("whole", "cancelled");
    assertThatThrownBy(() -> task.resuming.resume(folder.resolve("none"), QUIET))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no run to resume");
  }

  private static void cancel(Task task, Path model) {
    TrainingResult cancelled =
        task.training.train(
            Recipe.defaults().epochs(2).batch(4).seed(7), model, ProgressListener.Progress::cancel);
    assertThat(cancelled.finished()).isFalse();
    assertThat(cancelled.steps()).isEqualTo(1);
  }

  private Path scenes() {
    Path scenes = folder.resolve("scenes");
    Commands.output("scenes", "--output", scenes.toString(), "--count", "20");
    return scenes;
  }

  private void command(String task, List<String> data, String model, String... options) {
    List<String> arguments = new ArrayList<>(List.of(task, "train"));
    arguments.addAll(data);
    arguments.addAll(List.of("--model", folder.resolve(model).toString()));
    arguments.addAll(List.of(options));
    Commands.Outcome outcome = Commands.lm(arguments.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  private void assertSameModel(String one, String other) {
    for (String file : List.of("model.safetensors", "config.json")) {
      assertThat(folder.resolve(one).resolve(file))
          .hasSameBinaryContentAs(folder.resolve(other).resolve(file));
    }
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }
}
