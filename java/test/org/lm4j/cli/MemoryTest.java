package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.MemoryBudget;

/**
 * Tests that what does not fit into memory is refused with the figure, before anything is
 * allocated.
 */
class MemoryTest {
  private static final String LIMIT = "lm4j.memory";

  @TempDir private Path folder;

  /** Small pieces are looked at together, 16 MiB at a time; a large one begins the count anew. */
  @BeforeEach
  void beginsTheCountOfSmallPieces() {
    new HostStorage(16L << 20).close();
  }

  @AfterEach
  void withoutALimit() {
    System.clearProperty(LIMIT);
  }

  private Path corpus(String task) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      text.append(
          switch (task) {
            case "classify" -> (i % 2 == 0 ? "good" : "bad") + "\ta " + i + " film\n";
            case "tag" -> "word" + i % 7 + " N\nruns V\n\n";
            case "seq2seq" -> "ab" + i % 10 + "\t" + i % 10 + "ba\n";
            default -> "the cat sat on the mat and ran away again\n";
          });
    }
    return Files.writeString(folder.resolve("corpus.txt"), text);
  }

  private Commands.Outcome train(String task, String... more) throws IOException {
    List<String> command = new ArrayList<>();
    if (!task.equals("train")) {
      command.add(task);
    }
    command.addAll(List.of("train", "--corpus", corpus(task).toString()));
    command.addAll(List.of("--model", folder.resolve("m").toString(), "--device", "cpu"));
    command.addAll(List.of(more));
    return Commands.lm(command.toArray(String[]::new));
  }

  /** First the weights are too many, then a step is too large. */
  @ParameterizedTest
  @CsvSource({
    "train, 300000, --hidden 300, --hidden 4 --bptt 60",
    "classify, 300000, --hidden 300, --hidden 4 --batch 40",
    "tag, 1000000, --hidden 300, --hidden 4 --batch 40",
    "seq2seq, 300000, --hidden 300, --hidden 4 --batch 40",
    "embed, 300000, --embedding 4000, --embedding 400",
  })
  void ofATrainingRun(String task, String limit, String wide, String large) throws IOException {
    long before = MemoryBudget.allocated();
    System.setProperty(LIMIT, limit);
    Commands.Outcome weights = train(task, wide.split(" ", -1));
    Commands.assertRefused(weights, "lm: training this model needs ", " of memory, but ");
    assertThat(weights.err()).contains("; make " + wide.split(" ", -1)[0]).contains(" smaller");
    assertThat(folder.resolve("m")).doesNotExist();
    Commands.Outcome steps = train(task, large.split(" ", -1));
    Commands.assertRefused(steps, "training this model in steps of this size needs ");
    assertThat(steps.err()).contains("; make --batch");
    assertThat(folder.resolve("m")).doesNotExist();
    assertThat(MemoryBudget.allocated() - before).as("constants of kernels").isLessThan(1000);
  }

  @Test
  void aWidthThatIsGivenIsNamed() throws IOException {
    System.setProperty(LIMIT, "300000");
    Commands.Outcome outcome = train("seq2seq", "--hidden", "4", "--attention", "3000");
    Commands.assertRefused(outcome, "training this model ", "; make --attention, --");
    outcome = train("seq2seq", "--hidden", "300");
    Commands.assertRefused(outcome, "; make --hidden, ");
    outcome = train("seq2seq", "--hidden", "4096", "--layers", "8");
    Commands.assertRefused(
        outcome, "the model would have 3,", " weights, more than ", "attention or layers smaller");
  }

  @Test
  void ofAModelThatIsOpened() throws IOException {
    Path model = folder.resolve("small");
    assertThat(Commands.train(corpus("train"), model).code()).isZero();
    String[] command = {"generate", "--model", model.toString(), "--length", "5"};
    assertThat(Commands.lm(command).code()).as("with the constants of kernels").isZero();
    System.setProperty(LIMIT, "100");
    Commands.assertRefused(Commands.lm(command), "lm: the model in " + model + " needs ");
  }
}
