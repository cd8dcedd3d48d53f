package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class BarChartTest {
  @Test
  void barsAreAsLongAsTheirValuesAndGoToTheLeftBelowZero() throws Exception {
    BarChart chart = BarChart.of("a", "accuracy").add("one", 2).add("<two>", 4).add("less", -1);
    Document svg = Xml.parse(chart.html());
    List<Element> bars = Xml.all(svg, "rect", "bar");
    assertThat(bars).hasSize(3);
    double unit = Xml.percent(bars.get(0), "width") / 2;
    assertThat(Xml.percent(bars.get(1), "width")).isCloseTo(4 * unit, within(0.03));
    assertThat(Xml.percent(bars.get(2), "width")).isCloseTo(unit, within(0.03));
    assertThat(Xml.percent(bars.get(2), "x") + unit)
        .isCloseTo(Xml.percent(bars.get(0), "x"), within(0.03));
    assertThat(Xml.texts(Xml.all(svg, "text")))
        .contains("one", "<two>", "accuracy", "2", "4", "-1");
    assertThat(chart.table().rows())
        .containsExactly(List.of("one", "2"), List.of("<two>", "4"), List.of("less", "-1"));
  }

  @Test
  void groupsHaveABarForEachSeries() throws Exception {
    BarChart chart =
        BarChart.of("a", "x", "training", "held out")
            .add("one", 0.9, 0.8)
            .add("two", 0.7, Double.NaN);
    Document svg = Xml.parse(chart.html());
    List<Element> bars =
        Xml.all(svg, "rect", "bar").stream().filter(bar -> bar.hasChildNodes()).toList();
    assertThat(bars)
        .extracting(bar -> bar.getAttribute("class"))
        .containsExactly("c0 bar", "c1 bar", "c0 bar");
    assertThat(Xml.texts(Xml.all(svg, "title"))).contains("one, held out: 0.8");
    assertThat(Xml.texts(Xml.all(svg, "bdi"))).containsExactly("training", "held out");
    assertThat(chart.table().rows()).contains(List.of("two", "0.7", "NaN"));
    assertThatThrownBy(() -> chart.add("three", 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nothingToDrawIsSaid() throws Exception {
    for (BarChart chart :
        List.of(BarChart.of("a", "b"), BarChart.of("a", "b").add("c", Double.NaN))) {
      Document svg = Xml.parse(chart.html());
      assertThat(Xml.texts(Xml.all(svg, "text"))).contains("There is no value to draw yet.");
    }
  }
}
