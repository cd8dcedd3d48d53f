package org.lm4j.cli.lm;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.TextHeat;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.io.AtomicFile;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.text.Vocabulary;

/** The page of {@code lm score}: the first lines, their words coloured by surprisal. */
final class ScorePage {
  private static final int MOST_WORDS = 20_000;
  private static final double LN2 = Math.log(2);

  private final Path file;
  private final Path model;
  private final ScoreRow.Per per;
  private final String source;
  private final boolean bits;
  private final Vocabulary vocabulary;
  private final TextHeat text;
  private int words;
  private long omitted;
  private long scored; // rows that have a score
  private long tokens; // in them
  private long outside;
  private double nats;

  /**
   * Creates an empty page.
   *
   * @param model its folder
   * @param source the name of the text
   * @param per what a row is
   * @param bits whether figures are in bits, else nats
   */
  ScorePage(
      Path file, Path model, String source, ScoreRow.Per per, boolean bits, Vocabulary vocabulary) {
    this.file = file;
    this.model = model;
    this.per = per;
    this.source = source;
    this.bits = bits;
    this.vocabulary = vocabulary;
    this.text =
        TextHeat.of(
            unit() + " per " + per.name().toLowerCase(Locale.ROOT), "not in the vocabulary");
  }

  private String unit() {
    return bits ? "bits" : "nats";
  }

  /** Adds a line, if the page has room. */
  void add(LineScore score, List<ScoreRow> rows) {
    boolean full = omitted > 0 || (words > 0 && words + rows.size() > MOST_WORDS);
    if (full || rows.isEmpty()) {
      omitted += rows.isEmpty() ? 0 : 1;
      return;
    }
    words += rows.size();
    for (ScoreRow row : rows) {
      if (!Double.isNaN(row.nats())) {
        scored++;
        nats += row.nats();
        tokens += row.tokens();
      }
      outside += row.outside();
    }
    String line = score.line();
    List<TextHeat.Word> drawn = new ArrayList<>(rows.size());
    int at = 0;
    int codePoints = 0;
    for (ScoreRow row : rows) {
      if (row.start() < codePoints) {
        at = 0;
        codePoints = 0;
      }
      int start = line.offsetByCodePoints(at, row.start() - codePoints);
      int end = line.offsetByCodePoints(start, row.end() - row.start());
      at = start;
      codePoints = row.start();
      String shown = row.start() == row.end() ? "\u21B5" : row.text();
      drawn.add(
          new TextHeat.Word(shown, start, end, value(row.nats()), row.outside() > 0, tip(row)));
    }
    LineInput.Line from = rows.getFirst().line();
    text.line(from.id().isEmpty() ? String.valueOf(from.number()) : from.id(), line, drawn);
  }

  private double value(double nats) {
    return bits ? nats / LN2 : nats;
  }

  private String tip(ScoreRow row) {
    StringBuilder tip = new StringBuilder();
    boolean whole = row.position() == 0;
    tip.append(whole ? "the line" : Names.isolated(visible(row.text()))).append(": ");
    tip.append(Double.isNaN(row.nats()) ? "no score" : number(row.nats()) + " " + unit());
    if (row.outside() > 0) {
      tip.append(
          whole
              ? ", %d not in the vocabulary".formatted(row.outside())
              : ", not in the vocabulary");
    }
    LineScore.Prediction prediction = row.prediction();
    if (prediction != null) {
      tip.append(", rank ").append(prediction.rank());
      tip.append(", entropy ").append(number(prediction.entropy()));
      if (!prediction.top().isEmpty()) {
        tip.append("; most likely: ");
        tip.append(
            prediction.top().stream()
                .map(each -> Names.isolated(token(each.id())) + " " + number(each.nats()))
                .collect(Collectors.joining(", ")));
      }
    }
    return tip.toString();
  }

  private String token(int id) {
    return visible(vocabulary.text(id));
  }

  private static String visible(String text) {
    return switch (text) {
      case " " -> "space";
      case "\t" -> "tab";
      case "\n" -> "line end";
      default -> text;
    };
  }

  private String number(double nats) {
    return String.format(Locale.ROOT, "%.2f", value(nats));
  }

  private static String capital(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  /** Returns the file that is written. */
  Path file() {
    return file;
  }

  /** Writes the page and returns how many lines it has no room for. */
  long write() {
    Page page = Page.of("Surprisal of " + Names.isolated(source));
    page.kind("Scored text").foot(ModelFacts.madeBy("lm score"));
    TrainingCurve.identify(page, model);
    String one = per.name().toLowerCase(Locale.ROOT);
    if (scored > 0) {
      page.figure(
          "Surprisal per " + one, number(nats / scored) + " " + unit(), "mean of those shown");
      page.figure(
          "Perplexity",
          Numbers.rounded(Math.exp(nats / tokens), 4),
          per == ScoreRow.Per.TOKEN ? "" : "per token");
    }
    page.figure(
        capital(one) + "s shown",
        Numbers.text(words),
        outside == 0
            ? "all in the vocabulary"
            : Numbers.text((double) outside) + " not in the vocabulary");
    page.paragraph(
        "The more a "
            + one
            + " surprised the model, the stronger its colour. Point at one, or press the Tab key to"
            + " reach it, to see its figures.");
    page.text(text);
    if (omitted > 0) {
      page.paragraph(String.format(Locale.ROOT, "%,d more lines are not shown.", omitted));
    }
    TrainingCurve.add(page, model);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
    return omitted;
  }
}
