package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --page} and {@code --serve} of commands that train. */
class WatchTest {
  @TempDir private Path folder;

  private Path corpus() throws IOException {
    return Files.writeString(
        folder.resolve("corpus.txt"), "<script>alert(1)</script>\n".repeat(30));
  }

  private String page() throws IOException {
    return Files.readString(folder.resolve("page.html"));
  }

  @Test
  void thePageShowsTheRunItsTextAndItsSamples() throws IOException {
    Path page = folder.resolve("page.html");
    Path model = folder.resolve("model");
    String[] more = {
      "--page",
      page.toString(),
      "--serve",
      "0",
      "--sample-every",
      "2",
      "--sample-prompt",
      "<script>"
    };
    Commands.Outcome outcome = train(corpus(), model, more);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err()).containsPattern("page     http://127.0.0.1:\\d+/\n");
    assertThat(page())
        .contains(">finished<", "Training of model", "step 5, epoch", "lstm 1 × 6", "seed 1")
        .contains("corpus.txt, 780 bytes, SHA-256 ", "Samples at step 4", "Bits per character")
        .contains("<pre>&lt;script&gt;")
        .doesNotContain("<pre><script>");

    train(
        corpus(),
        folder.resolve("early"),
        "--page",
        page.toString(),
        "--stop-after",
        "1",
        "--validate-every",
        "1",
        "--learning-rate",
        "1e-30");
    assertThat(page()).contains(">stopped early<");

    lm(
        "train",
        "--resume",
        "--steps",
        "9",
        "--sample",
        "0",
        "--device",
        "reference",
        "--page",
        page.toString(),
        "--model",
        model.toString());
    assertThat(page()).as("with the curve so far").contains("step 9, epoch", "Samples at step 8");
  }

  @Test
  void aFailureIsShown() throws IOException {
    Path page = folder.resolve("page.html");
    Path none = Files.writeString(folder.resolve("short.txt"), "ab");
    assertRefused(train(none, folder.resolve("model"), "--page", page.toString()), "lm");
    assertThat(page()).contains(">failed<");
  }

  @Test
  void aPortInUseIsRefusedBeforeAnythingIsMade() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      Path model = folder.resolve("model");
      assertRefused(
          train(corpus(), model, "--serve", port), "cannot listen on port " + port, "in use");
      assertThat(model).doesNotExist();
      assertRefused(train(corpus(), model, "--serve", "70000"), "--serve is at most 65535");
    }
  }

  @Test
  void otherTasksHaveItToo() throws IOException {
    Path page = folder.resolve("page.html");
    Path words =
        Files.writeString(folder.resolve("tags"), "the O\ncat B-X\n\na O\ndog O\n\n".repeat(9));
    Commands.Outcome outcome =
        lm(
            "tag",
            "train",
            "--corpus",
            words.toString(),
            "--model",
            folder.resolve("model").toString(),
            "--hidden",
            "4",
            "--epochs",
            "2",
            "--device",
            "reference",
            "--page",
            page.toString());
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(page()).contains(">finished<", "Training of model", "Validation");
  }
}
