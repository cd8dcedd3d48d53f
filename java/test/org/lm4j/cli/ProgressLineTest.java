package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.report.ProgressLine;

class ProgressLineTest {
  private static final String CLEAR = "\r\u001b[K";
  private final StringWriter text = new StringWriter();
  private long now = Long.MAX_VALUE - 5; // nanoTime may overflow while a program runs

  @Test
  void aTerminalIsRewrittenAtMostTenTimesASecond() {
    ProgressLine line = line(new Terminal(true, true, 80, true));
    line.update(() -> "one");
    now += ProgressLine.TERMINAL_PERIOD - 1;
    line.update(
        () -> {
          throw new AssertionError("asked too early");
        });
    now += 1;
    line.update(() -> "two");
    assertThat(text).hasToString(CLEAR + "one" + CLEAR + "two");
  }

  @Test
  void lastingLinesGoAboveTheLiveOneAndClosingRemovesIt() {
    ProgressLine line = line(new Terminal(true, true, 80, true));
    line.print("before");
    line.update(() -> "live");
    line.print("epoch 1");
    line.close();
    line.close();
    line.print("after");
    assertThat(text)
        .hasToString("before\n" + CLEAR + "live" + CLEAR + "epoch 1\nlive" + CLEAR + "after\n");
  }

  @Test
  void elsewherePlainLinesComeEveryTenSeconds() {
    ProgressLine line = line(Terminal.none());
    line.update(() -> "one");
    now += ProgressLine.PLAIN_PERIOD - 1;
    line.update(() -> "too early");
    now += 1;
    line.update(() -> "a long line is not cut where there is no width ".repeat(3));
    line.print("done");
    line.close();
    assertThat(text.toString().lines())
        .containsExactly(
            "one", "a long line is not cut where there is no width ".repeat(3), "done");
  }

  @Test
  void theLineStaysOneColumnShortOfTheWidth() {
    ProgressLine line = line(new Terminal(true, true, 6, true));
    line.update(() -> "12345");
    now += ProgressLine.TERMINAL_PERIOD;
    line.update(() -> "123\uD83D\uDE00\uD83D\uDE00x");
    assertThat(text).hasToString(CLEAR + "12345" + CLEAR + "123\uD83D\uDE00…");
  }

  /** A narrow terminal cuts off the end. */
  @Test
  void theTimeLeftOfATrainingComesBeforeTheLearningRate(@TempDir Path folder) throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat\n".repeat(60));
    Commands.Outcome trained = Commands.train(corpus, folder.resolve("model"));
    assertThat(trained.err())
        .containsPattern(
            "\n +\\d+ %  loss \\S+  ppl \\S+  \\S+ tokens/s  \\S+ left  epoch \\S+  lr \\S+\n");
  }

  @Test
  void nothingIsShownWhereQuietIsAskedFor() {
    ProgressLine line = line(new Terminal(true, true, 80, true).quieted(true));
    line.update(() -> "live");
    line.print("lasting");
    line.close();
    assertThat(text).hasToString("");
  }

  private ProgressLine line(Terminal terminal) {
    return new ProgressLine(new PrintWriter(text), terminal, () -> now);
  }
}
