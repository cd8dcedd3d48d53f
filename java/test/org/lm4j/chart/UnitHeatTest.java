package org.lm4j.chart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.chart.UnitHeat.Ranked;
import org.lm4j.chart.UnitHeat.Token;
import org.w3c.dom.Element;

/** Tests the text that is coloured by a unit, as markup. */
class UnitHeatTest {
  /** Returns a page of two lines and two units. */
  static Page page() {
    UnitHeat heat =
        UnitHeat.of("tanh c")
            .line("1", "a <b>", List.of(new Token("a", 0, 1), new Token("b", 2, 5)))
            .line("2", "\u0001", List.of(new Token("", 0, 1), new Token("↵", 1, 1)))
            .unit("1.1", new double[] {0, 1, 0.25, -1})
            .unit("1.2", new double[] {-0.5, 0.5, Double.NaN, 0.999})
            .ranking("quotes", List.of(new Ranked(1, "+0.70"), new Ranked(0, "−0.10")));
    return Page.of("Units").units(heat);
  }

  private static List<Element> words(String html) throws Exception {
    String body = html.substring(html.indexOf("<section>"), html.indexOf("</section>") + 10);
    return Xml.all(Xml.parse(body), "span").stream()
        .filter(span -> span.hasAttribute("tabindex"))
        .toList();
  }

  @Test
  void withoutTheScriptTheBestUnitIsSeen() throws Exception {
    List<Element> words = words(page().html());
    assertThat(words.stream().map(Element::getTextContent))
        .containsExactly("a", "<b>", "\uFFFD", "↵");
    assertThat(words.stream().map(word -> word.getAttribute("class")))
        .containsExactly("word s10 neg", "word s10", "word s0", "word s20");
  }

  @Test
  void valuesAreStoredAByteEach() {
    String html = page().html();
    String data = html.replaceFirst("(?s).*<div class=\"data\"[^>]*>([^<]*)<.*", "$1");
    byte[] bytes = Base64.getDecoder().decode(data);
    assertThat(bytes).containsExactly(0, 127, 32, -127, -63, 64, 0, 127);
    assertThat(html).contains("data-count=\"4\" data-full=\"1.0\"");
  }

  @Test
  void browsersRunThatScriptAlone() throws Exception {
    String html = page().html();
    String script = html.replaceFirst("(?s).*<script>(.*)</script>.*", "$1");
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(script.getBytes(UTF_8));
    assertThat(html)
        .contains("default-src 'none'", "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'")
        .containsOnlyOnce("<script");
  }

  @Test
  void valuesAndTokensMustBeAsMany() {
    UnitHeat heat =
        UnitHeat.of("h").line("1", "a", List.of(new Token("a", 0, 1))).unit("1.1", new double[2]);
    assertThatThrownBy(heat::html).hasMessageContaining("2 values for 1 tokens");
    assertThatThrownBy(() -> page().units(heat)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aScatterChartDrawsWhatIsFinite() throws Exception {
    ScatterChart chart =
        ScatterChart.fractions("f", "above", "below")
            .add("layer 1", new double[] {0, 1, Double.NaN}, new double[] {1, 0, 0})
            .add("layer 2", new double[] {0.5}, new double[] {0.25});
    List<Element> points = Xml.all(Xml.parse(chart.html()), "circle");
    assertThat(points).hasSize(3);
    double[] x = points.stream().mapToDouble(p -> Xml.percent(p, "cx")).toArray();
    double[] y =
        points.stream().mapToDouble(p -> Double.parseDouble(p.getAttribute("cy"))).toArray();
    assertThat(2 * x[2]).isCloseTo(x[0] + x[1], within(0.02));
    assertThat(y[2]).isCloseTo(0.25 * y[0] + 0.75 * y[1], within(0.02));
    assertThat(chart.table().html()).contains("0.5", "0.25");
  }
}
