package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.io.Json;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.TrainingRecord;
import org.lm4j.train.Recipe;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import tools.jackson.databind.JsonNode;

/** {@code lm train} with {@code --size}, {@code --estimate} and {@code --find-rate}. */
class TrialCommandTest {
  private static final String MEMORY = "lm4j.memory";
  private static final String TEMPORARY = "java.io.tmpdir";

  @TempDir private Path folder;
  private Path text;
  private Path model;
  private Path scratch;
  private @Nullable String temporary;

  @BeforeEach
  void write() throws IOException {
    text = Files.writeString(folder.resolve("text.txt"), "the cat sat on the mat\n".repeat(60));
    model = folder.resolve("model");
    scratch = Files.createDirectory(folder.resolve("scratch"));
    temporary = System.getProperty(TEMPORARY);
    System.setProperty(TEMPORARY, scratch.toString());
  }

  /** A trial leaves nothing, neither a model nor a temporary file. */
  @AfterEach
  void nothingIsLeft() throws IOException {
    System.setProperty(TEMPORARY, Objects.requireNonNull(temporary));
    System.clearProperty(MEMORY);
    try (Stream<Path> left = Files.list(scratch)) {
      assertThat(left).isEmpty();
    }
  }

  private JsonNode json(String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("--json");
    Commands.Outcome outcome = Commands.train(text, model, all.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(model).doesNotExist();
    return Json.parse(outcome.out(), "the output", JsonNode.class);
  }

  /** 11 tokens, one LSTM of 6: 11·6 + 4·6·(6 + 6) + 8·6 + 11·6 + 11 weights. */
  @Test
  void anEstimateCountsWeightsMemoryAndSteps() {
    JsonNode found = json("--estimate");
    assertThat(found.get("weights").asLong()).isEqualTo(479);
    assertThat(found.get("characters").asLong()).isEqualTo(1311); // 95 % of 1,380
    assertThat(found.get("vocabulary").asLong()).isEqualTo(11);
    assertThat(found.get("bytes_model").asLong()).isBetween(2 * 479 * 8L, 2 * 600 * 8L);
    assertThat(found.get("bytes_moments").asLong()).isBetween(2 * 479 * 8L, 2 * 600 * 8L);
    // At least inputs, outputs and logits of 4 × 8 tokens, in double precision.
    assertThat(found.get("bytes_activations").asLong()).isBetween(32 * 8 * (6 + 6 + 11L), 100_000L);
    assertThat(found.get("bytes_in_all").asLong())
        .isEqualTo(
            found.get("bytes_model").asLong()
                + found.get("bytes_moments").asLong()
                + found.get("bytes_activations").asLong());
    assertThat(found.get("fits").asBoolean()).isTrue();
    assertThat(found.get("seconds_per_epoch").asDouble()).isPositive();
    long perEpoch = found.get("steps_per_epoch").asLong();
    assertThat(found.get("seconds_in_all").asDouble() / 5)
        .isCloseTo(found.get("seconds_per_epoch").asDouble() / perEpoch, within(1e-9));
    Commands.train(text, model, "--steps", "" + perEpoch);
    TrainingRecord record = Objects.requireNonNull(TrainingRecord.read(model));
    assertThat(Objects.requireNonNull(record.result()).epochs()).isEqualTo(1.0);
  }

  @Test
  void whatDoesNotFitIsEstimatedAndRefused() {
    System.setProperty(MEMORY, "20000");
    Commands.Outcome outcome = Commands.train(text, model, "--estimate");
    assertRefused(outcome, "needs", "KiB of memory", "20 KiB can be taken");
    assertThat(outcome.out()).contains("weights       479 (lstm 1 × 6)", "available     20 KiB");
    assertThat(outcome.out()).doesNotContain("an epoch");
    assertThat(model).doesNotExist();
  }

  @Test
  void theRateFoundDependsOnTheSeedAlone() {
    JsonNode found = json("--find-rate");
    assertThat(found.get("optimizer").asString()).isEqualTo("adam");
    assertThat(found.get("points").get(0).get("rate").asDouble()).isCloseTo(2e-6, within(1e-15));
    double first = found.get("points").get(0).get("loss").asDouble();
    assertThat(first).isCloseTo(Math.log(11), within(0.5)); // of a model that knows nothing
    double lowest = found.get("lowest").asDouble();
    assertThat(lowest).isBetween(1e-3, 1.0);
    assertThat(found.get("suggestion").asDouble()).isCloseTo(lowest / 10, within(lowest / 100));
    assertThat(json("--find-rate")).isEqualTo(found);
    assertThat(json("--find-rate", "--seed", "2")).isNotEqualTo(found);
    assertThat(json("--find-rate", "--optimizer", "sgd").get("suggestion").asDouble())
        .isGreaterThan(0.05);
  }

  @Test
  void theSuggestionIsPrintedAsOptions() {
    Path page = folder.resolve("rates.html");
    Commands.Outcome outcome =
        Commands.train(text, model, "--find-rate", "--page", page.toString());
    assertThat(page)
        .content()
        .contains("Learning rates of adam", "<svg", "The suggestion is a tenth");
    assertRefused(Commands.train(text, model, "--estimate", "--page", page.toString()), "--page");
    assertRefused(Commands.train(text, model, "--estimate", "--serve", "0"), "--serve");
    assertRefused(Commands.train(text, model, "--find-rate", "--serve", "0"), "--serve");
    assertThat(outcome.out())
        .containsPattern("\n--optimizer adam --learning-rate 0\\.\\d+\nThe loss is lowest at");
    assertThat(model).doesNotExist();
  }

  @Test
  void trialsAreOfNewRuns() {
    Commands.train(text, model);
    assertRefused(lm("train", "--resume", "--model", model.toString(), "--estimate"), "--resume");
    assertRefused(Commands.train(text, model, "--estimate", "--find-rate"), "not both");
    assertRefused(Commands.train(text, folder.resolve("m"), "--json"), "--json", "--estimate");
    assertThat(Commands.train(text, model, "--find-rate").code()).isZero(); // beside its model
  }

  /** The medium model of Zaremba et al., made smaller by options. */
  @Test
  void aSizeIsResolvedInTheRecipe() {
    Commands.Outcome outcome =
        Commands.train(text, model, "--size", "medium", "--level", "word", "--clip", "1");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    RunPlan plan = Run.planOf(model);
    Recipe recipe = plan.recipe();
    assertThat(recipe.optimizer().name()).isEqualTo("sgd");
    assertThat(recipe.optimizer().learningRate()).isEqualTo(35);
    assertThat(recipe.schedule()).isEqualTo(new Recipe.ScheduleChoice("step", 1 / 1.2, 1, 6, 0, 0));
    assertThat(recipe.clip().norm()).isEqualTo(1);
    assertThat(recipe.bptt()).isEqualTo(8); // given
    assertThat(Objects.requireNonNull(plan.origin()).initRange()).isEqualTo(0.05);
    assertThat(ModelFiles.fields(model))
        .containsEntry("hidden", "6")
        .containsEntry("dropout", "0.5")
        .containsEntry("embeddingDropout", "0.5");
    assertRefused(
        lm("train", "--resume", "--model", model.toString(), "--size", "medium"), "--size");
    assertThat(lm("train", "--resume", "--model", model.toString(), "--steps", "6").code())
        .isZero();
  }

  @Test
  void aSizeOfCharactersDropsNothingOfTheInput() {
    Commands.train(
        text,
        model,
        "--size",
        "large",
        "--optimizer",
        "sgd",
        "--decay-every",
        "3",
        "--dropout",
        "0.3");
    assertThat(ModelFiles.fields(model))
        .containsEntry("dropout", "0.3")
        .containsEntry("embeddingDropout", "0.0");
    Recipe recipe = Run.planOf(model).recipe();
    assertThat(recipe.optimizer().learningRate()).isEqualTo(20);
    assertThat(recipe.clip().norm()).isEqualTo(0.25);
    assertThat(recipe.schedule()).isEqualTo(new Recipe.ScheduleChoice("step", 0.97, 3, 3, 0, 0));
  }

  /** Many weights, and losses that are far apart, as text that is learned by heart has. */
  @Test
  void adviceIsGivenAtBothEnds() throws IOException {
    Path other = Files.writeString(folder.resolve("valid.txt"), "tac eht no tas\n".repeat(9));
    String[] options = {
      "--valid",
      other.toString(),
      "--hidden",
      "30",
      "--steps",
      "300",
      "--validate-every",
      "100",
      "--lr",
      "0.03",
      "--device",
      "cpu"
    };
    Commands.Outcome outcome = Commands.train(text, model, options);
    assertThat(outcome.err())
        .contains(
            "advice   8,111 weights are many for 1,380 characters of training text: the model")
        .containsPattern("advice: the validation loss, .* is well above the training loss");
    List<String> quiet = new ArrayList<>(List.of(options));
    quiet.addAll(List.of("--force", "--quiet"));
    assertThat(Commands.train(text, model, quiet.toArray(String[]::new)).err()).isEmpty();
  }
}
