package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IntervalChartTest {
  private static final String HOSTILE = "<script>\u202E&\u0007\"";

  @Test
  void dotsLieInTheirIntervalsAndDifferencesHaveALineAtZero() throws Exception {
    IntervalChart chart =
        IntervalChart.ofDifferences("Difference", "bits")
            .add(HOSTILE, 0.5, 0.25, 0.75, false)
            .add("b", -1, -1.5, Double.NaN, true);
    String svg = chart.html();
    Xml.parse(svg);
    assertThat(svg).doesNotContain("<script>", "\u0007", "NaN").contains("class=\"axis\"");
    assertThat(chart.table().rows()).hasSize(2);
    assertThat(IntervalChart.of("Loss", "bits").html()).contains("no value to draw");
    assertThat(IntervalChart.of("Loss", "bits").add("a", Double.NaN, 1, 2, true).html())
        .doesNotContain("NaN");
  }
}
