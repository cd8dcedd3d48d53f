package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.cli.Commands.Outcome;
import org.lm4j.io.TextLines;

/** Damaged lines are named once, with what to do; what has no text has no line. */
class DamagedLinesTest {
  @TempDir private Path folder;

  private Outcome plot(String log) throws IOException {
    Path file = folder.resolve("run.jsonl");
    Files.writeString(file, log);
    return lm("plot", file.toString(), "--output", folder.resolve("page.html").toString());
  }

  @Test
  void nulBytesInALogAreCalledDamageWithWhatToDo() throws IOException {
    Outcome plotted = plot("{\"step\":1,\"loss\":2}\n\0\0\0\0{\"step\":2,\"loss\":1}\n");
    assertRefused(plotted, "run.jsonl, line 2: damaged", "NUL bytes", "delete this line", "resume");
  }

  @Test
  void nulBytesAfterTheLastLineAreAnUnfinishedLine() throws IOException {
    assertThat(plot("{\"step\":1,\"loss\":2}\n\0\0\0\0").code()).isZero();
  }

  @Test
  void theLineOfAMalformedLogIsNamedOnce() throws IOException {
    Outcome plotted = plot("{\"step\":1,\"loss\":2}\n{\"step\":x}\n");
    assertRefused(plotted, "run.jsonl, line 2, column 9: ");
    assertThat(plotted.err()).doesNotContain("line 1");
  }

  @Test
  void theLineOfAMalformedPairIsNamedOnce() throws IOException {
    Path file = folder.resolve("pairs.jsonl");
    Files.writeString(
        file,
        """
        {"gold_label":"a","sentence1":"x","sentence2":"y"}
        {"gold_label":x}
        """);
    Outcome trained =
        lm(
            "classify",
            "train",
            "--pairs",
            "--corpus",
            file.toString(),
            "--model",
            folder.resolve("m").toString());
    assertRefused(trained, "pairs.jsonl, line 2, column ");
    assertThat(trained.err()).doesNotContain("line 1");
  }

  @Test
  void aFileOfAByteOrderMarkAloneHasNoLine() throws IOException {
    Path file = folder.resolve("bom.txt");
    Files.writeString(file, "\uFEFF", UTF_8);
    List<String> lines = new ArrayList<>();
    TextLines.read(file, (line, number) -> lines.add(line));
    assertThat(lines).isEmpty();
  }

  @Test
  void oneDistinctWordIsNothingToLearnVectorsFrom() throws IOException {
    Path file = folder.resolve("one.txt");
    Files.writeString(file, "word word word word\n".repeat(50));
    Outcome trained =
        lm(
            "embed",
            "train",
            "--corpus",
            file.toString(),
            "--min-count",
            "1",
            "--epochs",
            "1",
            "--model",
            folder.resolve("m").toString());
    assertRefused(trained, "one distinct word", "'word'");
  }
}
