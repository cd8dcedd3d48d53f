package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class LineChartTest {
  private static final Pattern POINT = Pattern.compile("[ML]([-0-9.]+) ([-0-9.]+)");

  private static LineChart chart(Series... series) {
    LineChart chart = LineChart.of("Loss", "step", "nats");
    List.of(series).forEach(chart::add);
    return chart;
  }

  /** The corners of a path: thousandths of the width, and pixels. */
  private static List<double[]> points(Element path) {
    List<double[]> points = new ArrayList<>();
    for (MatchResult m : POINT.matcher(path.getAttribute("d")).results().toList()) {
      points.add(new double[] {Double.parseDouble(m.group(1)), Double.parseDouble(m.group(2))});
    }
    return points;
  }

  /** Returns the position of the tick with a label, in the units of paths. */
  private static double tick(Document svg, String label, String attribute) {
    return Xml.all(svg, "text", "tick").stream()
        .filter(text -> text.getTextContent().equals(label))
        .mapToDouble(
            text -> attribute.equals("x") ? 10 * Xml.percent(text, "x") : Xml.number(text, "y"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void pointsLieAtTheTicksOfTheirValues() throws Exception {
    Series line = Series.of("a", new double[] {0, 50, 100}, new double[] {1, 3, 5});
    Document svg = Xml.parse(chart(line).html());
    List<double[]> points = points(Xml.all(svg, "path").getFirst());
    assertThat(points).hasSize(3);
    assertThat(points.get(1)[0])
        .isCloseTo(tick(svg, "40", "x") * 0.75 + tick(svg, "80", "x") * 0.25, within(0.02));
    // A label's baseline lies 4 pixels below its tick.
    assertThat(points.get(0)[1]).isCloseTo(tick(svg, "1", "y") - 4, within(0.02));
    assertThat(points.get(1)[1]).isCloseTo(tick(svg, "3", "y") - 4, within(0.02));
    assertThat(points.get(2)[1]).isCloseTo(tick(svg, "5", "y") - 4, within(0.02));
    assertThat(points.get(0)[1]).isGreaterThan(points.get(2)[1]);
  }

  @Test
  void onALogarithmicAxisEqualRatiosAreEqualHeights() throws Exception {
    Series line = Series.of("a", 1, 10, 100, 0, -5, 1000);
    LineChart chart = chart(line).logarithmic();
    List<double[]> points = points(Xml.all(Xml.parse(chart.html()), "path").getFirst());
    assertThat(points).hasSize(4);
    double step = points.get(0)[1] - points.get(1)[1];
    assertThat(points.get(1)[1] - points.get(2)[1]).isCloseTo(step, within(0.02));
    assertThat(points.get(2)[1] - points.get(3)[1]).isCloseTo(step, within(0.02));
    assertThat(chart.notes())
        .containsExactly("2 points are left out: a logarithmic axis has no place for 0 and below.");
  }

  @Test
  void nanInterruptsTheLine() throws Exception {
    Series line =
        Series.of("a", 1, 2, Double.NaN, 3, Double.POSITIVE_INFINITY, 4, Double.NEGATIVE_INFINITY);
    LineChart chart = chart(line);
    String path = Xml.all(Xml.parse(chart.html()), "path").getFirst().getAttribute("d");
    assertThat(path).doesNotContain("N", "I").matches("M[^M]+L[^M]+M[^ML]+h0M[^ML]+h0");
    assertThat(chart.notes()).containsExactly("3 points are left out: not a finite number.");
    assertThat(chart.table().rows()).containsExactly(List.of("a", "4", "6", "1", "1"));
  }

  @Test
  void nothingToDrawIsSaid() throws Exception {
    for (LineChart chart :
        List.of(
            chart(),
            chart(Series.of("empty")),
            chart(Series.of("none", Double.NaN, Double.NaN)),
            chart(Series.of("low", 0, -1)).logarithmic())) {
      Document svg = Xml.parse(chart.html());
      assertThat(Xml.texts(Xml.all(svg, "text"))).contains("There is no value to draw yet.");
      assertThat(Xml.all(svg, "path")).isEmpty();
    }
    assertThat(chart(Series.of("empty")).table().rows())
        .containsExactly(List.of("empty", "–", "–", "–", "–"));
  }

  @Test
  void aLegendNamesSeveralLinesAndTextsAreEscaped() throws Exception {
    String evil = "</svg><script>alert(\"1\")</script>&";
    LineChart chart =
        LineChart.of(evil, evil, evil).add(Series.of(evil, 1, 2)).add(Series.of("b", 3, 4));
    Document svg = Xml.parse(chart.html());
    assertThat(svg.getDocumentElement().getAttribute("aria-label")).isEqualTo(evil);
    assertThat(Xml.all(svg, "svg", "chart").getFirst().getAttribute("aria-label")).isEqualTo(evil);
    assertThat(Xml.all(svg, "script")).isEmpty();
    assertThat(Xml.texts(Xml.all(svg, "text", "name"))).contains("b", "</svg><script>alert…");
    assertThat(Xml.texts(Xml.all(svg, "bdi"))).containsExactly(evil, "b");
    assertThat(Xml.texts(Xml.all(Xml.parse(chart(Series.of("alone", 1, 2)).html()), "text")))
        .doesNotContain("alone");
  }

  @Test
  void theBestValueIsRingedAndTabled() throws Exception {
    Series line = Series.of("a", 0.5, 0.9, 0.7, 0.9).style(Series.Style.POINTS);
    LineChart chart = chart(line).best(LineChart.Best.HIGHEST);
    Document svg = Xml.parse(chart.html());
    assertThat(Xml.all(svg, "circle", "best")).hasSize(1);
    double[] best = points(Xml.all(svg, "path").getFirst()).get(1);
    assertThat(10 * Xml.percent(Xml.all(svg, "circle", "best").getFirst(), "cx"))
        .isCloseTo(best[0], within(0.1));
    assertThat(chart.table().header()).containsExactly("", "last", "at step", "highest", "at step");
    assertThat(chart.table().rows()).containsExactly(List.of("a", "0.9", "4", "0.9", "2"));
    assertThat(chart.best(LineChart.Best.NONE).table().header()).hasSize(3);
  }

  @Test
  void manyPointsBecomeAPathOfBoundedLengthThatKeepsTheSpike() throws Exception {
    double[] y = new double[1_000_000];
    y[654_321] = 100;
    Document svg = Xml.parse(chart(Series.of("a", y)).html());
    List<double[]> points = points(Xml.all(svg, "path").getFirst());
    assertThat(points).hasSizeLessThan(4 * 1001);
    double top = points.stream().mapToDouble(point -> point[1]).min().orElseThrow();
    assertThat(top).isCloseTo(tick(svg, "100", "y") - 4, within(0.02));
  }

  @Test
  void coloursBelongToTheSeriesOrToTheirPlace() throws Exception {
    LineChart chart =
        chart(Series.of("a", 1, 2), Series.of("b", 1, 3).color(5), Series.of("c", 2, 2).color(9));
    List<Element> groups =
        Xml.all(Xml.parse(chart.html()), "g").stream()
            .filter(group -> group.hasAttribute("data-xs"))
            .toList();
    assertThat(groups)
        .extracting(g -> g.getAttribute("class"))
        .containsExactly("c0", "c5", "c1 dotted");
  }

  @Test
  void namesStandAtTheEndsOfTheirLinesAndDoNotTouch() throws Exception {
    LineChart chart =
        chart(
            Series.of("high", new double[] {0, 100}, new double[] {0, 9}),
            Series.of("low", new double[] {0, 100}, new double[] {9, 1}),
            Series.of("close", new double[] {0, 50}, new double[] {9, 1.01}));
    Document svg = Xml.parse(chart.html());
    List<Element> names = Xml.all(svg, "text", "name");
    assertThat(Xml.texts(names)).containsExactly("high", "close", "low");
    double[] y = names.stream().mapToDouble(name -> Xml.number(name, "y") - 4).toArray();
    List<double[]> first = points(Xml.all(svg, "path").getFirst());
    assertThat(y[0]).isCloseTo(first.getLast()[1], within(0.02));
    assertThat(y[2] - y[1]).isCloseTo(15, within(0.02));
    assertThat(Xml.all(svg, "line", "leader")).hasSize(1); // to the line that ends early
    assertThat(Xml.all(svg, "div", "small")).hasSize(1); // the legend of narrow screens
    for (int i = 0; i < 11; i++) {
      chart.add(Series.of("another " + i, 1, 2));
    }
    Document many = Xml.parse(chart.html());
    assertThat(Xml.all(many, "text", "name")).isEmpty();
    assertThat(Xml.all(many, "div", "key").getFirst().getAttribute("class")).isEqualTo("key");
  }

  @Test
  void valuesCanBeReadFromTheMarkup() throws Exception {
    double[] x = {0, 50, 75, 100};
    double[] y = {7.123456789, 1e-9, Double.NaN, 3};
    Document svg = Xml.parse(chart(Series.of("a", x, y)).html());
    Element line = Xml.all(svg, "g", "c0").getFirst();
    assertThat(line.getAttribute("data-name")).isEqualTo("a");
    assertThat(line.getAttribute("data-xs")).isEqualTo("0 50 100");
    assertThat(line.getAttribute("data-ys")).isEqualTo("7.1235 1.0E-9 3");
    Element plot = svg.getDocumentElement();
    assertThat(plot.getAttribute("data-x")).isEqualTo("0.0 100.0");
    assertThat(plot.getAttribute("data-scale")).isEqualTo("linear");
    assertThat(plot.getAttribute("tabindex")).isEqualTo("0");
    double[] all = new double[100_000];
    Document many = Xml.parse(chart(Series.of("a", all)).html());
    String[] read = Xml.all(many, "g", "c0").getFirst().getAttribute("data-xs").split(" ", -1);
    assertThat(read).hasSizeBetween(400, 502).startsWith("1").endsWith("100000");
  }

  @Test
  void onANarrowScreenLabelsThatWouldTouchAreLeftOut() throws Exception {
    Series line = Series.of("a", new double[] {0, 9_000_000}, new double[] {1, 2});
    Document wide = Xml.parse(chart(line).acrossThePage().html());
    List<Element> labels = Xml.all(wide, "text", "middle");
    List<String> kept = Xml.texts(labels.stream().filter(each -> !Xml.has(each, "more")).toList());
    assertThat(Xml.texts(labels))
        .startsWith("0", "1,000,000", "2,000,000", "3,000,000")
        .endsWith("9,000,000", "step");
    // On 270 pixels of a phone seven figures have room every third million.
    assertThat(kept).containsExactly("0", "3,000,000", "6,000,000", "9,000,000", "step");
  }

  @Test
  void seriesNeedAsManyXAsY() {
    assertThatThrownBy(() -> Series.of("a", new double[2], new double[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("'a' has 2 x but 3 y");
  }
}
