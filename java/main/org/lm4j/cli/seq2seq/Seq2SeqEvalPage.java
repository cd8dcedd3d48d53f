package org.lm4j.cli.seq2seq;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.lm4j.chart.BarChart;
import org.lm4j.chart.MarkedTexts;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ClassFigures;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.io.AtomicFile;
import org.lm4j.train.TrainingTask;

/** The page of {@code lm seq2seq eval}: how many lines are exact, by length, and errors. */
final class Seq2SeqEvalPage {
  private static final int MOST_ERRORS = 40;
  private static final int MOST_GROUPS = 12;

  private final MarkedTexts errors = MarkedTexts.of("First lines that differ");
  private final TreeMap<Integer, int[]> lengths = new TreeMap<>(); // by tokens: all, exact
  private int shown;
  private long all;
  private long exact;

  /**
   * Takes a line.
   *
   * @param length tokens of the expected line
   */
  void add(String source, String target, String output, int length, boolean isExact) {
    all++;
    exact += isExact ? 1 : 0;
    int[] counts = lengths.computeIfAbsent(length, key -> new int[2]);
    counts[0]++;
    counts[1] += isExact ? 1 : 0;
    if (!isExact && shown < MOST_ERRORS) {
      shown++;
      errors.add(source, "", output.isEmpty() ? "(nothing)" : output, "", "expected " + target);
    }
  }

  /**
   * Writes the page.
   *
   * @param bleu BLEU-4, NaN if there is none
   */
  void write(Path file, Path model, Path corpus, TrainingTask.Validation validation, double bleu) {
    Page page = Page.of("Test of " + ModelFacts.name(model));
    page.kind("Translation").foot(ModelFacts.madeBy("lm seq2seq eval"));
    TrainingCurve.identify(page, model).fact("Tested on", Names.isolated(corpus.toString()));
    page.figure(
        "Exact",
        ClassFigures.percent((double) exact / all),
        Numbers.count(exact) + " of " + Numbers.count(all) + " lines");
    if (Double.isFinite(bleu)) {
      page.figure("BLEU-4", Numbers.rounded(100 * bleu, 4), "of 100, one reference each");
    }
    page.figure(
        "Perplexity",
        Numbers.rounded(Math.exp(validation.loss()), 4),
        "per token, loss " + Numbers.rounded(validation.loss(), 4));
    Double accuracy = validation.accuracy();
    if (accuracy != null) {
      page.figure(
          "Next tokens",
          ClassFigures.percent(accuracy),
          "predicted correctly, given the correct tokens before");
    }
    page.chart(byLength());
    page.texts(errors);
    TrainingCurve.add(page, model);
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the share of exact lines by length, in groups of about equally many lengths. */
  private BarChart byLength() {
    BarChart bars =
        BarChart.of("Exact lines by length of the expected line", "share of exact lines");
    int width = (lengths.size() + MOST_GROUPS - 1) / MOST_GROUPS;
    int from = 0;
    int[] sum = new int[3]; // all, exact, lengths
    for (Map.Entry<Integer, int[]> each : lengths.entrySet()) {
      from = sum[2] == 0 ? each.getKey() : from;
      sum[0] += each.getValue()[0];
      sum[1] += each.getValue()[1];
      sum[2]++;
      if (sum[2] == width || each.getKey().equals(lengths.lastKey())) {
        String range =
            from == each.getKey() ? Integer.toString(from) : from + " to " + each.getKey();
        String name = "%s tokens, %s lines".formatted(range, Numbers.text(sum[0]));
        bars.add(name, (double) sum[1] / sum[0]);
        sum = new int[3];
      }
    }
    return bars;
  }
}
