package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lm train --save-at}. */
class SaveAtTest {
  @TempDir private Path folder;

  private Path corpus() throws IOException {
    return Files.writeString(
        folder.resolve("corpus.txt"), "the cat sat .\na dog ran .\n".repeat(40));
  }

  @Test
  void aModelThatWasSavedOnTheWayIsAModelLikeAnyOther() throws IOException {
    Path model = folder.resolve("model");
    String[] more = {
      "--level",
      "word",
      "--save-at",
      "100,0.6k",
      "--epochs",
      "2",
      "--steps",
      "40",
      "--valid-fraction",
      "0"
    };
    Commands.Outcome outcome = train(corpus(), model, more);
    assertThat(outcome.code()).isZero();
    assertThat(outcome.err())
        .contains("2 models will be saved", "after 100 words", "chck_100", "after 600 words");
    Path early = model.resolve("chck_100");
    String text = Files.writeString(folder.resolve("text.txt"), "the cat sat .\n").toString();
    String first = output("score", early.toString(), text, "--per", "line");
    assertThat(first).isNotEqualTo(output("score", model.toString(), text, "--per", "line"));
    assertThat(output("eval", "--model", early.toString(), "--corpus", text))
        .contains("perplexity");
    assertThat(output("generate", "--model", early.toString(), "--length", "3")).isNotBlank();

    assertThat(train(corpus(), model, "--force").code()).isZero();
    assertThat(early).doesNotExist();
  }

  @Test
  void whatIsNoAmountIsRefused() throws IOException {
    assertRefused(
        lm(
            "train",
            "--corpus",
            corpus().toString(),
            "--model",
            folder.resolve("m").toString(),
            "--save-at",
            "1M,two"),
        "'two' is not an amount of words such as 500, 10k or 1.5M");
  }
}
