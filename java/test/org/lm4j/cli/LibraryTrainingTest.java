package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.optim.Schedule;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.LanguageModelOptions;
import org.lm4j.text.Level;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.Recipe;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.TrainingResult;

/** Language models that a program trains. */
class LibraryTrainingTest {
  private static final String TEXT =
      "the cat sat on the mat and the dog sat on the cat\n".repeat(80);
  private static final LanguageModelOptions SMALL =
      LanguageModelOptions.defaults().hidden(8).layers(1);
  private static final ProgressListener QUIET = progress -> {};

  @TempDir private Path folder;
  private Path corpus = Path.of("");

  @BeforeEach
  void write() throws IOException {
    corpus = Files.writeString(folder.resolve("corpus.txt"), TEXT);
  }

  @Test
  void theDefaultsAreThoseOfTheCommandLine() {
    String options = "--batch 4 --epochs 0.2 --seed 7 --sample 0";
    command("command", options);
    RecipeBuilder recipe = Recipe.defaults().batch(4).epochs(0.2).seed(7);
    List<Double> fractions = new ArrayList<>();
    TrainingResult result =
        LanguageModel.train(
            TEXT, recipe, folder.resolve("string"), p -> fractions.add(p.fraction()));
    assertThat(result.finished()).isTrue();
    assertThat(result.validationLoss()).isPresent();
    assertThat(fractions).isSorted().endsWith(1.0);
    assertSameModel("string", "command");
    LanguageModel.train(corpus, recipe, folder.resolve("path"), QUIET);
    assertSameModel("path", "command");
  }

  @Test
  void optionsAreThoseOfTheCommandLineToo() {
    command(
        "command",
        "--level word --cell gru --hidden 6 --layers 1 --embedding 5 --dropout 0.1 --min-count 2"
            + " --valid-fraction 0.1 --batch 3 --bptt 9 --steps 4 --optimizer sgd --schedule step"
            + " --sample 0");
    LanguageModelOptions options =
        LanguageModelOptions.defaults()
            .level(Level.WORD)
            .cell(org.lm4j.compute.Cell.GRU)
            .hidden(6)
            .layers(1)
            .embedding(5)
            .dropout(0.1)
            .minCount(2)
            .validFraction(0.1);
    LanguageModel.train(
        TEXT,
        options,
        Recipe.defaults().batch(3).bptt(9).steps(4).optimizer("sgd").schedule("step"),
        folder.resolve("program"),
        QUIET);
    assertSameModel("program", "command");
  }

  @Test
  void aCancelledRunResumesToTheSameBits() {
    RecipeBuilder recipe = Recipe.defaults().batch(4).bptt(16).epochs(1);
    LanguageModel.train(TEXT, SMALL, recipe, folder.resolve("whole"), QUIET);
    Path parts = folder.resolve("parts");
    TrainingResult cancelled =
        LanguageModel.train(
            TEXT,
            SMALL,
            recipe,
            parts,
            progress -> {
              if (progress.step() == 7) {
                progress.cancel();
              }
            });
    assertThat(cancelled.finished()).isFalse();
    assertThat(cancelled.steps()).isEqualTo(7);
    TrainingResult resumed = LanguageModel.resume(parts, QUIET);
    assertThat(resumed.finished()).isTrue();
    assertThat(resumed.steps()).isGreaterThan(40);
    assertSameModel("parts", "whole");
  }

  @Test
  void anInterruptedThreadStopsTraining() {
    TrainingResult result =
        LanguageModel.train(
            TEXT,
            SMALL,
            Recipe.defaults().batch(4).bptt(16).epochs(100),
            folder.resolve("model"),
            progress -> Thread.currentThread().interrupt());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(result.finished()).isFalse();
    assertThat(result.steps()).isEqualTo(1);
  }

  @Test
  void aScheduleGivenAsAValueIsRequiredAgain() {
    Schedule half = progress -> progress.step() < 5 ? 1 : 0.5;
    RecipeBuilder recipe = Recipe.defaults().batch(4).bptt(16).steps(10).schedule(half);
    List<Double> rates = new ArrayList<>();
    LanguageModel.train(
        TEXT, SMALL, recipe, folder.resolve("whole"), p -> rates.add(p.learningRate()));
    assertThat(rates.subList(0, 6)).containsExactly(2e-3, 2e-3, 2e-3, 2e-3, 2e-3, 1e-3);
    Path parts = folder.resolve("parts");
    LanguageModel.train(
        TEXT,
        SMALL,
        recipe,
        parts,
        progress -> {
          if (progress.step() == 3) {
            progress.cancel();
          }
        });
    assertThatThrownBy(() -> LanguageModel.resume(parts, QUIET))
        .isInstanceOfSatisfying(
            InputException.class, e -> assertThat(e.parameters()).containsExactly("schedule"));
    Commands.Outcome refused = Commands.lm("train", "--resume", "--model", parts.toString());
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("which is not saved", "--schedule");
    assertThat(LanguageModel.resume(parts, half, QUIET).finished()).isTrue();
    assertSameModel("parts", "whole");
  }

  @Test
  void whatCannotBeTrainedIsRefused() {
    Path model = folder.resolve("model");
    assertThatThrownBy(
            () -> LanguageModel.train("short ".repeat(5), SMALL, Recipe.defaults(), model, QUIET))
        .isInstanceOfSatisfying(
            InputException.class, e -> assertThat(e.parameters()).contains("batch", "bptt"));
    assertThat(model).doesNotExist();
    assertThatThrownBy(() -> LanguageModel.resume(model, QUIET))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no run to resume");
    assertThatThrownBy(
            () -> LanguageModel.train(TEXT, Recipe.defaults().learningRate(-1), model, QUIET))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void command(String model, String options) {
    List<String> arguments = new ArrayList<>(List.of("train", "--corpus", corpus.toString()));
    arguments.addAll(List.of("--model", folder.resolve(model).toString()));
    arguments.addAll(List.of(options.split(" ", -1)));
    Commands.output(arguments.toArray(String[]::new));
  }

  private void assertSameModel(String one, String other) {
    for (String file : List.of("model.safetensors", "config.json", "vocab.json")) {
      assertThat(folder.resolve(one).resolve(file))
          .hasSameBinaryContentAs(folder.resolve(other).resolve(file));
    }
  }
}
