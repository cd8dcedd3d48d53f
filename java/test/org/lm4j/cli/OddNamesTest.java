package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.cli.Commands.Outcome;
import org.lm4j.cli.frame.Program;
import org.lm4j.model.TrainingRecord;

/** A line end in a name breaks no line of what commands print. */
class OddNamesTest {
  @TempDir private Path temporary;

  @Test
  void successIsReportedOnLinesOfTheirOwn() throws IOException {
    Path folder = Files.createDirectory(temporary.resolve("two\nlines"));
    Path text = Files.writeString(temporary.resolve("text.txt"), "to be or not to be ".repeat(40));
    Path model = folder.resolve("model");
    Outcome trained = train(text, model);
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(trained.err()).contains("two\\nlines").doesNotContain("two\nlines");
    printsTheNameOnOneLine(
        "export", "--model", model.toString(), "--output", folder + "/weights.safetensors");
    printsTheNameOnOneLine("plot", model.toString(), "--output", folder + "/page.html");
    printsTheNameOnOneLine("plot", model.toString(), "--tensorboard", folder + "/events");
    printsTheNameOnOneLine("scenes", "--output", folder + "/scenes", "--count", "50");
    printsTheNameOnOneLine(
        "seq2seq",
        "tasks",
        "--task",
        "dates",
        "--output",
        folder + "/d",
        "--count",
        "20",
        "--held-out",
        "5");
  }

  /** Options such as {@code --files LABEL=FILE} have an equals sign too. */
  @Test
  void theRecordOfATrainingHasFilesWithAnEqualsSignInTheirName() throws IOException {
    Path corpus = temporary.resolve("rate=0.1.conll");
    Files.copy(Path.of("java/test/org/lm4j/golden/data/tags.conll"), corpus);
    Path model = temporary.resolve("model");
    Outcome trained =
        lm(
            "tag train --device reference --hidden 4 --epochs 1 --model %s --corpus %s"
                .formatted(model, corpus)
                .split(" ", -1));
    assertThat(trained.code()).as(trained.err()).isZero();
    TrainingRecord record = Objects.requireNonNull(TrainingRecord.read(model));
    assertThat(record.data())
        .extracting(TrainingRecord.Data::name)
        .containsExactly("rate=0.1.conll");
    assertThat(record.command()).contains("--corpus rate=0.1.conll");
  }

  private static void printsTheNameOnOneLine(String... arguments) {
    Outcome outcome = lm(arguments);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out() + outcome.err())
        .as(arguments[0])
        .contains("two\\nlines")
        .doesNotContain("two\nlines");
  }

  @Test
  void aCommandToCopyHoldsTheNameOnOneLine() {
    assertThat(Program.quoted("two\nlines")).isEqualTo("$'two\\nlines'");
    assertThat(Program.quoted("it's\there")).isEqualTo("$'it\\'s\\there'");
    assertThat(Program.quoted("two words")).isEqualTo("'two words'");
  }
}
