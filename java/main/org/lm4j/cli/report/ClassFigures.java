package org.lm4j.cli.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.lm4j.chart.BarChart;
import org.lm4j.chart.HeatMap;
import org.lm4j.chart.LineChart;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.Series;
import org.lm4j.chart.Table;
import org.lm4j.metric.Calibration;
import org.lm4j.metric.ConfusionMatrix;

/**
 * What a page shows about the answers of a classifier: which classes are confused, how well each is
 * recognized, and how far the probabilities can be trusted.
 *
 * @param names of the classes
 * @param what a class is called, such as {@code tag}
 * @param examples what is classified, in the plural
 */
public record ClassFigures(
    ConfusionMatrix matrix, List<String> names, String what, String examples) {
  private static final int MOST = 60; // classes of a map
  private static final int FEW = 12; // classes, with which a map includes correct answers
  private static final int LONGEST = 60; // characters of a name
  private static final int MOST_PAIRS = 20;
  private static final int ENOUGH = 10; // examples of a class that decide about the colours

  /** Copies the list. */
  public ClassFigures {
    names = List.copyOf(names);
  }

  /** Adds accuracy and macro-averaged F1 to the figures that stand out. */
  public void addFigures(Page page) {
    page.figure(
        "Accuracy", percent(matrix.accuracy()), Numbers.count(matrix.total()) + " " + examples);
    page.figure(
        "Macro F1", percent(matrix.macroF1()), "mean of all " + plural() + ", rare ones included");
  }

  /** Adds the map of confusions, the most frequent ones, and the scores of each class. */
  public void addTo(Page page) {
    page.heading("Confusion of " + plural());
    page.paragraph(about());
    page.chart(map());
    page.paragraph(
        "Precision: of the %1$s labelled with %2$s by the model, the share that belongs to it. Recall: of the %1$s that belong to it, the share that was labelled so. F1: the harmonic mean of precision and recall."
            .formatted(examples, article()));
    page.tableBeside("Precision and recall of each " + what, scores());
    List<ConfusionMatrix.Confusion> pairs = matrix.confusions();
    if (!pairs.isEmpty()) {
      page.tableBeside("Most frequent confusions", pairs(pairs));
    }
  }

  private String article() {
    return ("aeiou".indexOf(what.charAt(0)) < 0 ? "a " : "an ") + what;
  }

  private String about() {
    boolean some = shown().size() < names.size();
    boolean errors = shown().size() > FEW;
    return (errors
            ? "Errors only: the stronger a colour, the larger the share of a row's "
                + examples
                + " that got the column's "
                + what
                + ". Point at a cell for its numbers."
            : "Each row is a correct "
                + what
                + ", each column an answer. The number is how many "
                + examples
                + " got it, the colour their share of the row.")
        + (some
            ? String.format(
                Locale.ROOT,
                " The %d most frequent of %,d %s are shown.",
                MOST,
                names.size(),
                plural())
            : "");
  }

  private String plural() {
    return what.endsWith("s") ? what + "es" : what + "s";
  }

  /** Returns the classes on the map, in the order of the names. */
  private List<Integer> shown() {
    return IntStream.range(0, names.size())
        .boxed()
        .filter(c -> names.size() <= MOST || matrix.actual(c) + matrix.predicted(c) > 0)
        .sorted(Comparator.comparingLong(c -> -(matrix.actual(c) + matrix.predicted(c))))
        .limit(MOST)
        .sorted()
        .toList();
  }

  private HeatMap map() {
    List<Integer> shown = shown();
    boolean errors = shown.size() > FEW;
    double[][] shares = new double[shown.size()][shown.size()];
    List<List<String>> texts = new ArrayList<>();
    List<List<String>> tips = new ArrayList<>();
    double most = 0;
    for (int r = 0; r < shares.length; r++) {
      List<String> rowTexts = new ArrayList<>();
      List<String> rowTips = new ArrayList<>();
      for (int c = 0; c < shares.length; c++) {
        int actual = shown.get(r);
        int predicted = shown.get(c);
        double share = share(actual, predicted);
        shares[r][c] = errors && r == c ? Double.NaN : share;
        if (r != c && matrix.actual(actual) >= ENOUGH) {
          most = Math.max(most, share);
        }
        rowTexts.add(Numbers.count(matrix.count(actual, predicted)));
        rowTips.add(tip(actual, predicted));
      }
      texts.add(rowTexts);
      tips.add(rowTips);
    }
    List<String> labels = shown.stream().map(c -> visible(names.get(c))).toList();
    HeatMap map =
        HeatMap.of(errors ? "Confusions" : "Answers by correct " + what, shares)
            .rows("correct " + what, labels)
            .columns("answer", labels)
            .cells(texts, tips)
            .meaning("share of the row’s " + examples);
    return map.range(0, errors && most > 0 ? most : 1);
  }

  private double share(int actual, int predicted) {
    long all = matrix.actual(actual);
    return all == 0 ? 0 : (double) matrix.count(actual, predicted) / all;
  }

  private String tip(int actual, int predicted) {
    String name = Names.isolated(visible(names.get(actual)));
    String counts =
        "%s of %s%s"
            .formatted(
                Numbers.count(matrix.count(actual, predicted)),
                Numbers.count(matrix.actual(actual)),
                matrix.actual(actual) == 0 ? "" : " (" + percent(share(actual, predicted)) + ")");
    return actual == predicted
        ? name + ", correct: " + counts
        : "%s, answered %s: %s"
            .formatted(name, Names.isolated(visible(names.get(predicted))), counts);
  }

  private Table pairs(List<ConfusionMatrix.Confusion> pairs) {
    List<List<String>> rows = new ArrayList<>();
    for (ConfusionMatrix.Confusion each : pairs.subList(0, Math.min(MOST_PAIRS, pairs.size()))) {
      rows.add(
          List.of(
              visible(names.get(each.actual())),
              visible(names.get(each.predicted())),
              Numbers.count(each.count()),
              percent(share(each.actual(), each.predicted()))));
    }
    return new Table(
        List.of("correct " + what, "answer", examples, "share of its " + examples), rows);
  }

  private Table scores() {
    List<Integer> order = new ArrayList<>();
    IntStream.range(0, names.size())
        .filter(c -> matrix.actual(c) + matrix.predicted(c) > 0)
        .forEach(order::add);
    order.sort(Comparator.comparingLong(c -> -matrix.actual(c)));
    List<List<String>> rows = new ArrayList<>();
    for (int c : order) {
      rows.add(
          List.of(
              visible(names.get(c)),
              percent(matrix.precision(c)),
              percent(matrix.recall(c)),
              percent(matrix.f1(c)),
              Numbers.count(matrix.actual(c)),
              Numbers.count(matrix.predicted(c))));
    }
    return new Table(List.of(what, "precision", "recall", "F1", examples, "answers"), rows);
  }

  /** Adds the reliability diagram, with the number of answers in each of its bins. */
  public void addCalibration(Page page, Calibration calibration) {
    page.heading("How far the probabilities can be trusted");
    double gap = calibration.confidence() - matrix.accuracy();
    page.paragraph(
        "On average the model gives its answers a probability of %s, and %s of them are correct: it is %s. The expected calibration error is the mean distance between the two lines, weighted by the number of %s."
            .formatted(
                percent(calibration.confidence()),
                percent(matrix.accuracy()),
                Math.abs(gap) < 0.01
                    ? "neither overconfident nor underconfident"
                    : gap > 0 ? "overconfident" : "underconfident",
                examples));
    int bins = calibration.bins();
    double[] x = new double[bins];
    double[] y = new double[bins];
    BarChart counts = BarChart.of("Answers by probability", examples);
    int used = 0;
    for (int b = 0; b < bins; b++) {
      Calibration.Bin bin = calibration.bin(b);
      if (bin.count() > 0) {
        x[used] = bin.confidence();
        y[used++] = bin.accuracy();
      }
      String range = Numbers.significant(bin.from(), 3) + " to " + Numbers.significant(bin.to(), 3);
      if (bin.count() > 0 || bin.to() > 1.0 / matrix.classes()) { // none can be less probable
        counts.add(range, (double) bin.count());
      }
    }
    page.chart(
        LineChart.of("Reliability", "probability of the answer", "share that is correct")
            .add(
                Series.of("perfectly calibrated", new double[] {0, 1}, new double[] {0, 1})
                    .style(Series.Style.DASHED)
                    .color(7))
            .add(
                Series.of("model", Arrays.copyOf(x, used), Arrays.copyOf(y, used))
                    .style(Series.Style.POINTS)
                    .color(0))
            .fromX(0)
            .fromY(0)
            .best(LineChart.Best.NONE));
    page.chart(counts);
  }

  /** Adds the expected calibration error to the figures that stand out. */
  public void addFigure(Page page, Calibration calibration) {
    page.figure(
        "Calibration error",
        percent(calibration.error()),
        "expected, in " + calibration.bins() + " bins");
  }

  /** Returns a fraction as a percentage with two decimals, or a dash if there is none. */
  public static String percent(double part) {
    return Double.isNaN(part) ? "–" : String.format(Locale.ROOT, "%.2f %%", 100 * part);
  }

  private static String visible(String name) {
    return name.isEmpty() ? "(empty)" : Names.shortened(name, LONGEST);
  }
}
