package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.chart.TextFigure.Word;
import org.w3c.dom.Element;

/** Tests the figure for papers as a program that reads SVG sees it. */
class TextFigureTest {
  private static List<Element> elements(TextFigure figure, String name) throws Exception {
    return Xml.all(Xml.parse(figure.svg()), name);
  }

  private static double number(Element element, String name) {
    return Double.parseDouble(element.getAttribute(name));
  }

  @Test
  void barsAreInProportionAndWhatHasNoValueHasNone() throws Exception {
    TextFigure figure =
        TextFigure.of("bits", "unknown", 100)
            .line(
                "1",
                List.of(
                    new Word("<a>", 8, false),
                    new Word("b\u0001", 2, true),
                    new Word("c", Double.NaN, false)));
    List<Element> bars = elements(figure, "rect");
    assertThat(bars).hasSize(3); // and that of the legend
    double tall = number(bars.getFirst(), "height");
    assertThat(tall).as("millimetres of the largest value").isEqualTo(11);
    assertThat(number(bars.get(1), "height")).isCloseTo(tall / 4, within(0.011));
    assertThat(elements(figure, "text").stream().map(Element::getTextContent))
        .containsExactly(
            "8.0",
            "<a>",
            "2.0",
            "b\uFFFD",
            "–",
            "c",
            "bits",
            "dotted line: unknown",
            "–: no value");
    assertThat(elements(figure, "svg").getFirst().getAttribute("width")).isEqualTo("100mm");
  }

  @Test
  void linesBreakWithinTheWidthAndAreLabelled() throws Exception {
    List<Word> words = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      words.add(new Word("word" + i, i, false));
    }
    words.add(new Word("x".repeat(200), 1, false));
    TextFigure figure = TextFigure.of("bits", "", 60).line("7", words).line("abc", words);
    for (Element bar : elements(figure, "rect")) {
      assertThat(number(bar, "x")).isGreaterThanOrEqualTo(2);
      assertThat(number(bar, "x") + number(bar, "width")).isLessThanOrEqualTo(58.02);
    }
    assertThat(elements(figure, "text").stream().map(Element::getTextContent))
        .containsOnlyOnce("7")
        .containsOnlyOnce("abc");
  }

  @Test
  void aLineOfARightToLeftScriptBeginsAtTheRight() throws Exception {
    TextFigure figure =
        TextFigure.of("bits", "", 100)
            .line("", List.of(new Word("שלום", 1, false), new Word("עולם", 2, false)));
    List<Element> bars = elements(figure, "rect");
    assertThat(number(bars.get(0), "x")).isGreaterThan(number(bars.get(1), "x"));
    assertThat(number(bars.get(0), "x")).isGreaterThan(80);
  }

  @Test
  void anImpossibleWidthIsRefused() {
    assertThatThrownBy(() -> TextFigure.of("bits", "", Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
