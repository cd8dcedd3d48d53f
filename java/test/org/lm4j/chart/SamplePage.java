package org.lm4j.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A page with every kind of chart, for the tests that look at whole pages. */
final class SamplePage {
  private static final List<String> WORDS = List.of("a", "red", "circle", "left", "of");

  private SamplePage() {}

  static Page page() {
    SplittableRandom random = new SplittableRandom(3);
    return Page.of("Every <kind> of chart & text")
        .paragraph("Lines, bars, cells and pictures.")
        .table("Trials", Table.of("trial", "accuracy").row("1", "0.5").row("<2>", "0.75"))
        .chart(losses(random))
        .chart(norms())
        .chart(bars())
        .heading("Weights")
        .chart(
            HeatMap.of("Recurrent weights", matrix(random, 6, 8, -1, 1))
                .diverging()
                .axes("to unit", "from unit"))
        .chart(confusion())
        .tableBeside("Beside", Table.of("word", "cosine").row("a", "0.5"))
        .texts(MarkedTexts.of("Errors").add("NN", "the ", "<word>", " here", "answered VB"))
        .chart(WordMapTest.map())
        .chart(pictures(random))
        .heading("Attention of each word")
        .chart(attention(random).getFirst());
  }

  private static LineChart losses(SplittableRandom random) {
    LineChart chart = LineChart.of("Loss", "step", "nats per token").acrossThePage();
    for (int run = 0; run < 3; run++) {
      double[] y = new double[5_000];
      for (int i = 0; i < y.length; i++) {
        y[i] = 1 + 0.2 * run + 4 / Math.sqrt(i + 1.0) + 0.1 * random.nextDouble();
      }
      y[2_000 + run] = run == 1 ? 3 : Double.NaN;
      chart.add(Series.of("run " + run + " <raw>", y).style(Series.Style.FAINT).color(run));
    }
    return chart
        .add(
            Series.of("held out", new double[] {1000, 2500, 5000}, new double[] {1.5, 1.2, 1.3})
                .style(Series.Style.POINTS)
                .color(0))
        .add(
            Series.of("baseline", new double[] {0, 5000}, new double[] {2, 2})
                .style(Series.Style.DASHED));
  }

  private static LineChart norms() {
    LineChart chart =
        LineChart.of("Gradient against distance", "steps back in time", "norm").logarithmic();
    String[] cells = {"rnn", "lstm", "gru"};
    for (int cell = 0; cell < cells.length; cell++) {
      double[] y = new double[50];
      for (int t = 0; t < y.length; t++) {
        y[t] = Math.pow(0.6 + 0.19 * cell, t);
      }
      chart.add(Series.of(cells[cell], y));
    }
    return chart.best(LineChart.Best.NONE);
  }

  private static BarChart bars() {
    return BarChart.of("Accuracy by question", "accuracy", "training", "held out")
        .add("what colour", 0.99, 0.97)
        .add("how many", 0.95, 0.91)
        .add("where", 1, 0.985);
  }

  private static HeatMap confusion() {
    double[][] counts = new double[10][10];
    List<String> digits = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      digits.add(String.valueOf(i));
      counts[i][i] = 90 + i;
      counts[i][(i * 7 + 3) % 10] += 4;
    }
    return HeatMap.of("Confusion", counts).rows("truth", digits).columns("answer", digits);
  }

  private static ImageGrid pictures(SplittableRandom random) {
    ImageGrid grid = ImageGrid.of("First-layer weights", 8).side(56);
    for (int i = 0; i < 16; i++) {
      double[] values = new double[12 * 12 * 3];
      double fx = random.nextDouble(0.2, 1.2);
      double fy = random.nextDouble(0.2, 1.2);
      for (int k = 0; k < values.length; k++) {
        int pixel = k / 3;
        values[k] = Math.sin(fx * (pixel % 12) + fy * Math.floorDiv(pixel, 12) + k % 3);
      }
      grid.add("unit " + i, Picture.stretched(values, 12, 12, 3));
    }
    return grid;
  }

  private static List<HeatMap> attention(SplittableRandom random) {
    List<HeatMap> maps = new ArrayList<>();
    for (String word : WORDS) {
      double[][] weights = matrix(random, 4, 4, 0, 0.08);
      weights[1][2] = 0.4 + 0.1 * maps.size();
      maps.add(
          HeatMap.of("“" + word + "”", weights)
              .range(0, 1)
              .mark(1, 2, HeatMap.Shape.CIRCLE, "#d62728")
              .mark(3, 0, HeatMap.Shape.SQUARE, "#1f77b4")
              .mark(0, 0, HeatMap.Shape.TRIANGLE, "#2ca02c")
              .mark(2, 3, HeatMap.Shape.STAR, "#e6b800"));
    }
    return maps;
  }

  private static double[][] matrix(
      SplittableRandom random, int rows, int columns, double low, double high) {
    double[][] values = new double[rows][columns];
    for (double[] row : values) {
      for (int c = 0; c < columns; c++) {
        row[c] = random.nextDouble(low, high);
      }
    }
    return values;
  }
}
