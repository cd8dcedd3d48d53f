package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that text beside a name keeps its order. */
class NamesTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "run 1", "größer", "日本語", "a/b-c"})
  void namesFromLeftToRightStayAsTheyAre(String name) {
    assertThat(Names.isolated(name)).isSameAs(name);
  }

  @Test
  void othersAreIsolatedOnceAndFromWithin() {
    assertThat(Names.isolated("שלום")).isEqualTo("\u2068שלום\u2069");
    assertThat(Names.isolated("a\u202eb")).isEqualTo("\u2068a\ufffdb\u2069");
    assertThat(Names.isolated("\u05d0\u2069, x")).isEqualTo("\u2068\u05d0\ufffd, x\u2069");
    assertThat(Names.isolated("\u05d0\u2067b")).isEqualTo("\u2068\u05d0\u2067b\u2069\u2069");
    String twice = Names.isolated(Names.isolated("\u05d0") + ", training");
    assertThat(twice).isEqualTo("\u2068\u2068\u05d0\u2069, training\u2069");
  }

  /**
   * Tests that in "NAME, training" the comma stays behind the name, whatever the name's direction.
   */
  @Test
  void chartsIsolateTheNamesInTheirTexts() throws Exception {
    String name = "rtl\u202e\u05d0\u05d1";
    String isolated = "\u2068rtl\ufffd\u05d0\u05d1\u2069";
    LineChart lines =
        LineChart.of("Loss", "step", "nats").add(Series.of(name, 1, 2).style(Series.Style.POINTS));
    assertThat(lines.html()).contains("<title>" + isolated + ": 1 at step 1</title>");
    BarChart bars = BarChart.of("Answers", "probability").add(name, 0.5);
    assertThat(bars.html()).contains("<title>" + isolated + ": 0.5</title>");
    HeatMap map =
        HeatMap.of("map", new double[][] {{0.5}})
            .rows("", java.util.List.of(name))
            .columns("", java.util.List.of(name));
    assertThat(map.html()).contains("<title>" + isolated + ", " + isolated + ": 0.5</title>");
  }

  @Test
  void aCurveOfOnePointIsADot() throws Exception {
    for (Series.Style style : Series.Style.values()) {
      LineChart chart = LineChart.of("Loss", "step", "nats");
      chart.add(Series.of("a", new double[] {18}, new double[] {0.7}).style(style));
      assertThat(Xml.all(Xml.parse(chart.html()), "circle", "best"))
          .hasSize(style == Series.Style.POINTS ? 1 : 0);
      assertThat(Xml.all(Xml.parse(chart.html()), "circle", "dot"))
          .hasSize(style == Series.Style.POINTS ? 0 : 1);
    }
    Series line = Series.of("a", 1, 2, Double.NaN, 3, Double.NaN, 4, 5);
    LineChart chart = LineChart.of("Loss", "step", "nats").add(line);
    assertThat(Xml.all(Xml.parse(chart.html()), "circle", "dot")).hasSize(1);
  }
}
