package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.frame.VisibleWriter;
import org.lm4j.cli.frame.WriterBytes;
import org.lm4j.cli.report.ProgressLine;
import org.lm4j.io.Json;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** Nothing in a file steers a terminal. */
class VisibleTest {
  /** ESC, BEL, CSI of eight bits, delete, next line, right-to-left override, isolate, CR. */
  private static final String HOSTILE = "a\u001b\u0007\u009b\u007f\u0085\u202e\u2066\rz";

  private static final String SHOWN =
      "a\\x1b\\x07\\u009b\\u007f\\u0085\\u202e\\u2066\\rz".replace("\\u", "\\" + "u");

  private static final Terminal SCREEN = new Terminal(true, true, 80, true);

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int onTerminal(String... arguments) {
    CommandLine lm =
        Lm.commandLine(new PrintWriter(out), new PrintWriter(err), SCREEN, Needed.by(arguments));
    return Lm.run(lm, arguments);
  }

  @Test
  void whatWouldSteerATerminalIsWrittenOut() {
    assertThat(Visible.text(HOSTILE)).isEqualTo(SHOWN);
    assertThat(Visible.name(HOSTILE)).isEqualTo(SHOWN);
    assertThat(Visible.text("a\tb\n")).isEqualTo("a\tb\n");
    assertThat(Visible.name("a\tb\n")).isEqualTo("a\\tb\\n");
    String plain = "größer 中文 \uD83D\uDE00 \u05d0\u05d1 \u200f\u00a0";
    assertThat(Visible.text(plain)).isSameAs(plain);
  }

  @Test
  void theWriterEscapesEverythingButTheProgramsOwnText() {
    try (VisibleWriter writer = new VisibleWriter(new PrintWriter(out))) {
      writer.print(HOSTILE.toCharArray());
      writer.write('\u001b');
      writer.printf("%s%c", HOSTILE, '\u0007');
      writer.println("\tx");
      VisibleWriter.control(writer, "\r\u001b[K");
    }
    assertThat(out)
        .hasToString(SHOWN + "\\x1b" + SHOWN + "\\x07\tx" + System.lineSeparator() + "\r\u001b[K");
  }

  /** Tests that escapes in JSON still denote the character. */
  @Test
  void jsonStaysJson() {
    try (VisibleWriter writer = new VisibleWriter(new PrintWriter(out))) {
      writer.print(Json.line(HOSTILE));
    }
    assertThat(out.toString().chars()).allMatch(c -> c >= ' ' && c < 0x7F);
    assertThat(Json.parse(out.toString(), "here", JsonNode.class).asString()).isEqualTo(HOSTILE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"info", "plot --output p.html", "embed nearest w --vectors", "eval --device"})
  void namesInErrorMessages(String command) {
    String[] words = (command + " " + HOSTILE.replace(" ", "")).split(" ", -1);
    assertThat(onTerminal(words)).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(err.toString()).contains(SHOWN).hasLineCount(1);
    assertThat(err.toString().chars()).noneMatch(c -> Visible.isHidden((char) c.intValue()));
  }

  @Test
  void aNameOfTwoLinesIsReportedInOneSentence() {
    assertThat(onTerminal("info", "one\u2028two\u0085three")).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(err.toString()).contains("one\\" + "u2028two\\" + "u0085three").hasLineCount(1);
  }

  /** The characters a model writes come out of its vocabulary. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void generatedTextIsShownOnATerminalAndIsItselfInAPipe(boolean screen) throws IOException {
    Path corpus =
        Files.writeString(folder.resolve("c.txt"), "\u001b[2J\u009b1m\u202e\n".repeat(80));
    Path model = folder.resolve("m");
    assertThat(Commands.train(corpus, model, "--level", "char").code()).isZero();
    String[] generate = {
      "generate",
      "--model",
      model.toString(),
      "--length",
      "200",
      "--device",
      "reference",
      "--temperature",
      "5",
      "--prompt",
      "\u001b["
    };
    String text = screen ? "" : Commands.output(generate);
    if (screen) {
      assertThat(onTerminal(generate)).as(err.toString()).isZero();
      assertThat(out.toString()).startsWith("\\x1b[").contains("\\" + "u009b", "\\" + "u202e");
      assertThat(out.toString().chars()).noneMatch(c -> Visible.isHidden((char) c.intValue()));
    } else {
      assertThat(text).startsWith("\u001b[").contains("\u009b", "\u202e").doesNotContain("\\x");
    }
  }

  @Test
  void aHostileVocabularyInReports() throws IOException {
    Path corpus =
        Files.writeString(folder.resolve("c.txt"), "\u001b[2J\u009b1m\u202e\n".repeat(80));
    Path model = folder.resolve("m");
    assertThat(Commands.train(corpus, model, "--level", "char").code()).isZero();
    String report = Commands.output("info", model.toString());
    assertThat(report.chars()).noneMatch(c -> Visible.isHidden((char) c.intValue()));
  }

  @Test
  void helpKeepsItsColours() {
    assertThat(onTerminal("generate", "--help")).isZero();
    assertThat(out.toString()).contains("\u001b[");
    out.getBuffer().setLength(0);
    assertThat(onTerminal("help", "generate")).isZero();
    assertThat(out.toString()).contains("\u001b[").doesNotContain("\\x1b");
    assertThat(onTerminal("net")).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(err.toString()).contains("\u001b[").doesNotContain("\\x1b");
  }

  @Test
  void theLiveLineIsOneLine() {
    try (VisibleWriter writer = new VisibleWriter(new PrintWriter(err));
        ProgressLine line = new ProgressLine(writer, SCREEN)) {
      line.update(() -> "read \u001b]0;x\u0007\ny");
    }
    assertThat(err).hasToString("\r\u001b[Kread \\x1b]0;x\\x07\\ny\r\u001b[K");
  }

  @Test
  void bytesOfATerminalAreShown() {
    StringWriter text = new StringWriter();
    try (WriterBytes bytes = new WriterBytes(new VisibleWriter(new PrintWriter(text)))) {
      for (byte b : HOSTILE.getBytes(UTF_8)) {
        bytes.write(b);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    assertThat(text).hasToString(SHOWN);
  }
}
