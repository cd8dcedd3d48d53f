package org.lm4j.cli.lm;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.lm4j.chart.TextFigure;
import org.lm4j.io.AtomicFile;

/** The figure of {@code lm score}: the first lines, a bar above each word. */
final class ScoreFigure {
  private static final int MOST_WORDS = 600; // about four pages of bars
  private static final double LN2 = Math.log(2);

  private final Path file;
  private final boolean bits;
  private final TextFigure figure;
  private int words;
  private long omitted;

  /**
   * Creates an empty figure.
   *
   * @param per what a row is
   * @param bits whether figures are in bits, else nats
   */
  ScoreFigure(Path file, double millimetres, ScoreRow.Per per, boolean bits) {
    this.file = file;
    this.bits = bits;
    String unit = "surprisal, %s per %s".formatted(bits ? "bits" : "nats", per.name());
    this.figure =
        TextFigure.of(unit.toLowerCase(Locale.ROOT), "not in the vocabulary", millimetres);
  }

  /** Adds a line, if the figure has room. */
  void add(List<ScoreRow> rows) {
    if (rows.isEmpty()) {
      return;
    }
    if (omitted > 0 || (words > 0 && words + rows.size() > MOST_WORDS)) {
      omitted++;
      return;
    }
    words += rows.size();
    LineInput.Line from = rows.getFirst().line();
    figure.line(
        from.id().isEmpty() ? String.valueOf(from.number()) : from.id(),
        rows.stream().map(this::word).toList());
  }

  private TextFigure.Word word(ScoreRow row) {
    String text =
        switch (row.text()) {
          case " " -> "\u2423"; // a space that is seen
          case "\t" -> "\u21E5";
          default -> row.start() == row.end() ? "\u21B5" : row.text();
        };
    return new TextFigure.Word(text, bits ? row.nats() / LN2 : row.nats(), row.outside() > 0);
  }

  /** Returns the file that is written. */
  Path file() {
    return file;
  }

  /** Writes the figure and returns how many lines it has no room for. */
  long write() {
    AtomicFile.writeBytes(file, figure.svg().getBytes(StandardCharsets.UTF_8));
    return omitted;
  }
}
