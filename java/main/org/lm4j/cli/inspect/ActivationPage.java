package org.lm4j.cli.inspect;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.ScatterChart;
import org.lm4j.chart.UnitHeat;
import org.lm4j.cli.plot.TrainingCurve;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.task.inspect.Activations;
import org.lm4j.task.inspect.GateSaturation;
import org.lm4j.task.inspect.TextFeature;
import org.lm4j.task.inspect.UnitRanking;
import org.lm4j.text.EncodedText;

/** The page of {@code lm inspect --activations}. */
final class ActivationPage {
  private static final long MOST_VALUES = 6_000_000; // a byte each, 8 MB as text
  private static final int BEST = 6;

  private final Activations activations;
  private final UnitRanking ranking;
  private final int shown; // tokens

  ActivationPage(Activations activations, UnitRanking ranking) {
    this.activations = activations;
    this.ranking = ranking;
    long units = (long) activations.layers() * activations.units();
    this.shown = (int) Math.min(activations.steps(), Math.max(1, MOST_VALUES / units));
  }

  /**
   * Returns the page.
   *
   * @param model its folder
   * @param cell its cell
   * @param text the name of the text
   */
  String html(Path model, String cell, String text) {
    boolean c = activations.memory().equals("c");
    Page page = Page.of("What the units of a recurrent network see");
    page.kind("Inspection").foot(ModelFacts.madeBy("lm inspect --activations"));
    TrainingCurve.identify(page, model);
    figures(page, text);
    page.paragraph(
        String.format(
            Locale.ROOT,
            "The model %s (%s, %d × %d units) read %,d tokens of %s from a state of zero. Each token"
                + " is coloured by %s of one unit after the token was read.",
            Names.isolated(model.toString()),
            cell,
            activations.layers(),
            activations.units(),
            activations.steps(),
            Names.isolated(text),
            c ? "tanh c, what the network reads of the cell state," : "the hidden state"));
    if (shown < activations.steps()) {
      page.paragraph(
          String.format(
              Locale.ROOT,
              "The text shows the first %,d tokens; rankings and charts are based on all of them.",
              shown));
    }
    page.units(heat(c));
    page.paragraph(
        "Units are ranked by the size of r, the correlation of their value with a property of the"
            + " place in the text, over all tokens. A unit that does not vary has none.");
    List<GateSaturation> gates = GateSaturation.of(activations);
    if (!gates.isEmpty()) {
      page.heading("Saturation of gates");
      page.paragraph(
          "Each point is a unit: the fraction of tokens at which its gate is nearly open (above 0.9)"
              + " and nearly closed (below 0.1), as in Karpathy, Johnson and Li (2015). On the dashed"
              + " line a gate is always one or the other.");
      for (String gate : activations.gates()) {
        page.chart(chart(gate, gates));
      }
    }
    TrainingCurve.add(page, model);
    return page.html();
  }

  private void figures(Page page, String text) {
    page.figure("Tokens read", Numbers.text(activations.steps()), "of " + Names.isolated(text));
    page.figure(
        "Units",
        Numbers.text((double) activations.layers() * activations.units()),
        "%d × %d".formatted(activations.layers(), activations.units()));
    UnitRanking.Rank best = null;
    TextFeature property = null;
    for (TextFeature feature : TextFeature.values()) {
      for (UnitRanking.Rank rank : ranking.best(feature, 1)) {
        if (best == null || Math.abs(rank.r()) > Math.abs(best.r())) {
          best = rank;
          property = feature;
        }
      }
    }
    if (best != null && property != null) {
      page.figure(
          "Closest relation",
          String.format(Locale.ROOT, "r = %+.2f", best.r()).replace('-', '−'),
          "unit %d.%d follows %s".formatted(best.layer() + 1, best.unit() + 1, property.label()));
    }
  }

  private static ScatterChart chart(String gate, List<GateSaturation> all) {
    ScatterChart chart =
        ScatterChart.fractions("Gate " + gate, "fraction above 0.9", "fraction below 0.1");
    for (GateSaturation each : all) {
      if (each.gate().equals(gate)) {
        chart.add("layer " + (each.layer() + 1), array(each.right()), array(each.left()));
      }
    }
    return chart;
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private UnitHeat heat(boolean c) {
    UnitHeat heat = UnitHeat.of(c ? "tanh c" : "h");
    addLines(heat);
    for (int layer = 0; layer < activations.layers(); layer++) {
      for (int unit = 0; unit < activations.units(); unit++) {
        double[] all = UnitRanking.shown(activations, layer, unit);
        heat.unit("%d.%d".formatted(layer + 1, unit + 1), Arrays.copyOf(all, shown));
      }
    }
    for (TextFeature feature : TextFeature.values()) {
      List<UnitHeat.Ranked> ranked =
          ranking.best(feature, BEST).stream()
              .map(
                  rank ->
                      new UnitHeat.Ranked(
                          rank.layer() * activations.units() + rank.unit(),
                          String.format(Locale.ROOT, "%+.2f", rank.r()).replace('-', '−')))
              .toList();
      if (!ranked.isEmpty()) {
        heat.ranking(feature.label(), ranked);
      }
    }
    return heat;
  }

  /** Adds the text line by line; the token that ends a line is shown at its end. */
  private void addLines(UnitHeat heat) {
    EncodedText text = activations.text();
    String all = text.text();
    int number = 1;
    int lineStart = 0;
    int end = 0;
    List<UnitHeat.Token> line = new ArrayList<>();
    for (int step = 0; step < shown; step++) {
      String token = activations.token(step);
      int start = Math.max(text.start(step), lineStart);
      end = Math.max(start, text.end(step));
      boolean ends = end > start && all.substring(start, end).indexOf('\n') >= 0;
      boolean nothing = end == start;
      if (ends || nothing) {
        int at = start - lineStart;
        line.add(new UnitHeat.Token("\u21B5", at, at));
      } else {
        line.add(new UnitHeat.Token(visible(token), start - lineStart, end - lineStart));
      }
      if (ends) {
        heat.line(String.valueOf(number++), all.substring(lineStart, start), line);
        line = new ArrayList<>();
        lineStart = end;
      }
    }
    if (!line.isEmpty()) {
      heat.line(String.valueOf(number), all.substring(lineStart, end), line);
    }
  }

  private static String visible(String token) {
    return token.isBlank() ? "\u2423" : token;
  }
}
