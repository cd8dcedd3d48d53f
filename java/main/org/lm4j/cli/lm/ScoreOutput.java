package org.lm4j.cli.lm;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.score.PresetWriter;
import org.lm4j.cli.score.ScoredLine;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * Everything that {@code lm score} makes of its scores.
 *
 * @param preset prints them as another tool; null for the table
 * @param page the page to draw, if any
 * @param figure the figure to draw, if any
 */
record ScoreOutput(
    ScoreOptions options,
    Vocabulary vocabulary,
    @Nullable PresetWriter preset,
    ScoreTable table,
    @Nullable ScorePage page,
    @Nullable ScoreFigure figure) {
  /** Returns what stands before all lines. */
  String begin() {
    return preset == null ? table.header() : preset.begin();
  }

  /** Returns what stands after all lines. */
  String end() {
    return preset == null ? "" : preset.end();
  }

  /** Returns the rows of some lines, and draws them. */
  String rows(List<LineInput.Line> lines, List<LineScore> scores) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      LineInput.Line line = lines.get(i);
      LineScore score = scores.get(i);
      List<ScoreRow> rows =
          ScoreRow.of(
              line, score, options.per(), options.space(), vocabulary.level() == Level.WORD);
      if (preset == null) {
        rows.forEach(row -> table.append(text, row));
      } else {
        preset.append(text, new ScoredLine(line.number(), line.columns(), line.cells(), score));
      }
      if (page != null) {
        page.add(score, rows);
      }
      if (figure != null) {
        figure.add(rows);
      }
    }
    return text.toString();
  }

  /**
   * Writes page and figure.
   *
   * @param notes receives a sentence for each about where it is
   */
  void draw(Consumer<String> notes) {
    if (page != null) {
      notes.accept(drawn("page", page.file().toString(), page.write()));
    }
    if (figure != null) {
      notes.accept(drawn("figure", figure.file().toString(), figure.write()));
    }
  }

  private static String drawn(String what, String file, long omitted) {
    String more =
        omitted == 0
            ? ""
            : String.format(Locale.ROOT, "; the last %,d lines have no room on it", omitted);
    return "the %s is in %s%s".formatted(what, Visible.name(file), more);
  }
}
