package org.lm4j.cli.seq2seq;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lm4j.chart.HeatMap;
import org.lm4j.chart.Page;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.io.AtomicFile;

/** The attention of a translator: maps on a page, and a table of all weights. */
final class Seq2SeqPage {
  /** The most maps on one page. */
  static final int MOST = 20;

  private static final int MOST_CELLS = 20_000; // of a map
  private static final String SPACE = "␣"; // in the table
  private static final String DOT = "·"; // on a map, where it is legible
  private static final int LONGEST_TITLE = 100;
  private static final String END = "end";

  private final Path model;
  private final Page page;
  private final StringBuilder table =
      new StringBuilder("line\ttarget_place\ttarget\tsource_place\tsource\tweight\n");
  private int maps;

  Seq2SeqPage(Path model) {
    this.model = model;
    this.page = Page.of("Attention of " + ModelFacts.name(model));
    page.kind("Translation").foot(ModelFacts.madeBy("lm seq2seq translate"));
    TrainingCurve.identify(page, model);
    page.paragraph(
        "Each row is a token of the output, each column a token of the input. The number is the"
            + " attention weight: how much the model attended to the input token when it generated"
            + " the output token. A dot stands for a space.");
  }

  /**
   * Adds a translation.
   *
   * @param line its number, from 1
   * @param title what is above the map
   * @param weights one row for each token of the target, and one for its end if it was reached
   */
  void add(long line, String title, List<String> source, List<String> target, double[][] weights) {
    List<String> rows = new ArrayList<>(named(target));
    if (weights.length > target.size()) {
      rows.add(END);
    }
    List<String> columns = named(source);
    for (int t = 0; t < weights.length; t++) {
      for (int s = 0; s < columns.size(); s++) {
        table.append(
            String.format(
                Locale.ROOT,
                "%d\t%d\t%s\t%d\t%s\t%.6g\n",
                line,
                t + 1,
                rows.get(t),
                s + 1,
                columns.get(s),
                weights[t][s]));
      }
    }
    if (maps < MOST && weights.length > 0 && (long) rows.size() * columns.size() <= MOST_CELLS) {
      maps++;
      page.chart(
          HeatMap.of(shortened(title), weights)
              .columns("input", dotted(columns))
              .rows("output", dotted(rows))
              .range(0, 1));
    }
  }

  private static List<String> named(List<String> tokens) {
    return tokens.stream().map(token -> token.isBlank() ? SPACE : Visible.name(token)).toList();
  }

  private static List<String> dotted(List<String> names) {
    return names.stream().map(name -> name.equals(SPACE) ? DOT : name).toList();
  }

  private static String shortened(String title) {
    return title.codePointCount(0, title.length()) <= LONGEST_TITLE
        ? title
        : title.substring(0, title.offsetByCodePoints(0, LONGEST_TITLE)) + "…";
  }

  /** Writes the maps. */
  void write(Path file) {
    TrainingCurve.add(page, model);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
  }

  /** Writes the weights. */
  void writeTable(Path file) {
    AtomicFile.writeBytes(file, table.toString().getBytes(StandardCharsets.UTF_8));
  }
}
