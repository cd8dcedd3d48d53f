package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.plot.LoggedRun;
import org.xml.sax.InputSource;

class PlotTest {
  @TempDir private Path folder;

  /** A folder with the log of a run of 40 lines. */
  private String run(String name, double offset) throws IOException {
    StringBuilder log = new StringBuilder();
    for (int step = 10; step <= 400; step += 10) {
      log.append(
          String.format(
              Locale.ROOT,
              "{\"step\":%d,\"epoch\":%.3f,\"loss\":%.4f,\"perplexity\":%.4f,\"learning_rate\":0.002,"
                  + "\"gradient_norm\":0.5,\"seconds\":%.1f,\"tokens_per_second\":1000.0}%n",
              step,
              step / 100.0,
              offset + 10.0 / step,
              Math.exp(offset + 10.0 / step),
              step / 10.0));
      if (step % 100 == 0) {
        log.append(
            String.format(
                Locale.ROOT,
                "{\"step\":%d,\"epoch\":%.3f,\"validation_loss\":%.4f,\"validation_perplexity\":%.4f,"
                    + "\"validation_targets\":500,\"best\":true}%n",
                step,
                step / 100.0,
                offset + 20.0 / step,
                Math.exp(offset + 20.0 / step)));
      }
    }
    return log(name, log.toString());
  }

  private String log(String name, String content) throws IOException {
    Path run = Files.createDirectories(folder.resolve(name));
    Files.writeString(run.resolve("log.jsonl"), content);
    return run.toString();
  }

  private String page(String... arguments) throws Exception {
    String file = folder.resolve("page.html").toString();
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 3);
    all[arguments.length] = "--output";
    all[arguments.length + 1] = file;
    all[arguments.length + 2] = "--debug";
    String[] command = new String[all.length + 1];
    command[0] = "plot";
    System.arraycopy(all, 0, command, 1, all.length);
    assertThat(output(command)).startsWith(file);
    String html = Files.readString(Path.of(file));
    DocumentBuilderFactory.newDefaultInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(html)));
    return html;
  }

  @Test
  void runsLieOverEachOtherUnderTheNamesOfTheirFolders() throws Exception {
    String html = page(run("a", 1), run("b", 2));
    assertThat(html)
        .contains("<h1>a and b</h1>", "a, training", "b, validation")
        .contains(
            "<figcaption>Loss</figcaption>", "<figcaption>Loss after the first fifth of the run<")
        .contains("<figcaption>Perplexity<", "<figcaption>Learning rate<", "<figcaption>Speed<")
        .contains("<figcaption>Gradient norm before clipping<")
        .contains(">2.05</td>")
        .doesNotContain("validation tokens", "alidation_tokens", "NaN");
  }

  @Test
  void theFiguresThatMatterStandOut() throws Exception {
    String line = "{\"step\":%d,\"epoch\":%d,\"validation_loss\":%s,\"validation_accuracy\":%s}%n";
    String one =
        line.formatted(1, 1, 0.5, 0.25)
            + line.formatted(2, 2, 0.125, 0.75)
            + line.formatted(3, 3, 2, 0.5);
    assertThat(figures(page(log("one", one))))
        .containsExactly(
            "Validation loss|0.1250|best, in epoch 2",
            "Validation accuracy|0.7500|in epoch 2",
            "Steps|3|3 epochs");
    String other = line.formatted(7, 1, 0.0625, 0.5);
    assertThat(figures(page(log("two", one), log("<other>", other))))
        .containsExactly("Lowest validation loss|0.06250|&lt;other&gt;");
  }

  private static List<String> figures(String page) {
    return Pattern.compile(
            "<div><dt>([^<]*)</dt><dd class=\"number\">([^<]*)</dd>(<dd>([^<]*)</dd>)?")
        .matcher(page)
        .results()
        .map(found -> found.group(1) + "|" + found.group(2) + "|" + found.group(4))
        .toList();
  }

  @Test
  void stepsEpochsOrTimeGoToTheRight() throws Exception {
    String run = run("a", 1);
    assertThat(page(run)).contains(">step</text>", ">400</text>");
    assertThat(page(run, "--x", "epoch")).contains(">epoch</text>", ">4</text>");
    assertThat(page(run, "--x", "time")).contains(">time in seconds</text>", ">40</text>");
    assertRefused(lm("plot", run, "--x", "loss", "--output", "x.html"), "--x", "loss");
  }

  @Test
  void metricsOfOtherModelsAreDrawnToo() throws Exception {
    String log = "{\"step\":%d,\"accuracy\":0.%d,\"validation_accuracy\":0.%d,\"bleu_4\":0.1}%n";
    String html = page(log("net", log.formatted(1, 5, 4) + log.formatted(2, 7, 6)));
    assertThat(html)
        .contains("<figcaption>Accuracy<", "<figcaption>Bleu 4<", "highest")
        .doesNotContain("<figcaption>Loss<", "<figcaption>Validation");
  }

  @Test
  void aRunInProgressIsDrawnAsFarAsItIs() throws Exception {
    String run = log("a", "{\"step\":10,\"loss\":2.5}\n{\"step\":20,\"lo");
    assertThat(page(run)).contains("2.5");
    assertThat(page(run, log("empty", ""))).contains(">empty<");
    assertRefused(
        lm("plot", log("empty", "{\"st"), "--output", "x.html"), "empty", "no whole line yet");
  }

  @Test
  void namesAreEscaped() throws Exception {
    String html = page(run("<i>&", 1), "--title", "<script>\u001b[31m");
    assertThat(html)
        .contains("&lt;i&gt;&amp;", "&lt;script&gt;\ufffd[31m")
        .containsOnlyOnce("<script");
  }

  @Test
  void unreadableInputIsRefusedAndNothingWritten() throws IOException {
    String good = run("good", 1);
    Path page = folder.resolve("x.html");
    String bad = log("bad", "{\"step\":1,\"loss\":2}\n{\"step\":2,\"loss\":\"two\"}\n");
    assertRefused(
        lm("plot", good, bad, "--output", page.toString()), "bad", "log.jsonl, line 2", "'loss'");
    String garbage = log("garbage", "\u0000\u0001\u0002\n");
    assertRefused(
        lm("plot", garbage, "--output", page.toString()),
        "garbage",
        "line 1: damaged, it has NUL bytes");
    assertRefused(lm("plot", folder.toString(), "--output", page.toString()), "no log.jsonl");
    assertRefused(lm("plot", good + "/none", "--output", page.toString()), "does not exist");
    assertRefused(lm("plot", good, good + "/", "--output", page.toString()), "named twice");
    assertRefused(lm("plot", good), "--output", "--tensorboard");
    assertRefused(lm("plot", good, "--output", good + "/log.jsonl"), ".html");
    assertRefused(lm("plot", "--output", page.toString()), "DIR");
    assertThat(page).doesNotExist();
    Commands.Outcome outcome = lm("plot", good, "--output", folder + "/none/x.html");
    assertThat(outcome.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(outcome.err()).hasLineCount(1).contains("none is not a folder; make it first");
  }

  @Test
  void eventFilesHoldTheLogUnderTheRunsName() throws Exception {
    Path events = folder.resolve("tb");
    String printed =
        output("plot", run("x/a", 1), run("x/b", 2), "--tensorboard", events.toString());
    assertThat(printed.lines()).hasSize(2);
    for (String name : List.of("a", "b")) {
      byte[] bytes = Files.readAllBytes(events.resolve(name).resolve("events.out.tfevents.lm4j"));
      String text = new String(bytes, StandardCharsets.ISO_8859_1);
      assertThat(text).contains("brain.Event:2", "loss/training", "loss/validation");
      assertThat(text).contains("learning_rate", "perplexity/validation").doesNotContain("tokens/");
      assertThat(text.split("loss/training", -1)).hasSize(41);
    }
  }

  @Test
  void aRunIsNamedByAsManyFoldersAsDistinguishIt() {
    assertThat(names("m/a", "m/b")).containsExactly("a", "b");
    assertThat(names("m/a/x", "m/b/x", "c")).containsExactly("a/x", "b/x", "c");
    assertThat(names("m/a/log.jsonl")).containsExactly("a");
    assertThat(names("/")).containsExactly("run");
    assertThat(names("m/../q/.")).containsExactly("q");
    assertThatThrownBy(() -> names("m/a", "m/b", "m/./a")).isInstanceOf(InputException.class);
  }

  private static List<String> names(String... paths) {
    return LoggedRun.names(java.util.Arrays.stream(paths).map(Path::of).toList());
  }
}
