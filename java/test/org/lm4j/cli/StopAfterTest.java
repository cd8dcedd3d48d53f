package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests {@code lm train --stop-after}, on runs that cannot improve: their rate is too small. */
class StopAfterTest {
  @TempDir private Path folder;

  private String resumed(String... more) {
    String[] arguments = new String[more.length + 6];
    String model = folder.resolve("model").toString();
    System.arraycopy(
        new String[] {"train", "--resume", "--model", model, "--device", "reference"},
        0,
        arguments,
        0,
        6);
    System.arraycopy(more, 0, arguments, 6, more.length);
    Commands.Outcome outcome = lm(arguments);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return outcome.err();
  }

  @Test
  void aRunEndsEarlyAndAResumedOneKnows() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "the cat sat on the mat\n".repeat(40));
    Commands.Outcome outcome =
        train(
            text,
            folder.resolve("model"),
            "--validate-every",
            "1",
            "--stop-after",
            "2",
            "--learning-rate",
            "1e-30");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err())
        .contains("ended early at step 3, since the last 2 validations were no improvement; model");
    assertThat(resumed())
        .contains("nothing left to do: the last 2 validations were no improvement; continue")
        .contains(" --stop-after 0");
    assertThat(resumed("--stop-after", "3")).contains("ended early at step 4, since the last 3");
    assertThat(resumed("--stop-after", "0", "--sample", "0")).contains("done at step 5; model");
  }

  @Test
  void withoutValidationTextItIsRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "the cat sat on the mat\n".repeat(40));
    Path model = folder.resolve("model");
    assertRefused(
        train(text, model, "--stop-after", "2", "--valid-fraction", "0"),
        "--stop-after needs held-out data");
    assertThat(model).doesNotExist();
  }
}
