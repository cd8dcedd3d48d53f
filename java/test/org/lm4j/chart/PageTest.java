package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class PageTest {
  @Test
  void everyChartHasATitleADrawingAndATable() throws Exception {
    Document page = Xml.parse(SamplePage.page().html());
    assertThat(Xml.all(page, "figure"))
        .hasSize(7)
        .allSatisfy(
            figure -> {
              assertThat(figure.getElementsByTagName("figcaption").getLength()).isEqualTo(1);
              assertThat(figure.getElementsByTagName("svg").getLength()).isEqualTo(1);
              assertThat(figure.getElementsByTagName("td").getLength()).isPositive();
            });
    assertThat(Xml.texts(Xml.all(page, "h2"))).containsExactly("Weights", "Attention of each word");
    assertThat(Xml.texts(Xml.all(page, "h1"))).containsExactly("Every <kind> of chart & text");
    assertThat(Xml.texts(Xml.all(page, "th"))).contains("<2>");
    assertThat(Xml.texts(Xml.all(page, "p", "note")))
        .containsExactly("2 points are left out: not a finite number.");
  }

  @Test
  void nothingComesFromElsewhereAndThereIsNoScript() throws Exception {
    String html = SamplePage.page().html();
    Document page = Xml.parse(html);
    assertThat(Xml.all(page, "script")).isEmpty();
    assertThat(Xml.all(page, "link")).isEmpty();
    assertThat(html).doesNotContain("@import", "url(", "src=");
    assertThat(Xml.all(page, "image"))
        .extracting(image -> image.getAttribute("href"))
        .allMatch(href -> href.startsWith("data:"));
  }

  @Test
  void classesOfTheMarkupHaveAStyle() throws Exception {
    Document page = Xml.parse(SamplePage.page().html());
    String css = Xml.all(page, "style").getFirst().getTextContent();
    for (Element element : Xml.all(page, "*")) {
      for (String name : element.getAttribute("class").split(" ", -1)) {
        if (!name.isEmpty() && !name.matches("chart|value|normal|small")) {
          assertThat(css).as("%s", element).contains("." + name);
        }
      }
    }
    assertThat(css).contains("prefers-color-scheme: dark", "@media print");
  }

  @Test
  void theSameValuesGiveTheSamePage() {
    assertThat(SamplePage.page().html()).isEqualTo(SamplePage.page().html());
  }

  @Test
  void anEmptyPageIsAPage() throws Exception {
    assertThat(Xml.texts(Xml.all(Xml.parse(Page.of("None").html()), "title")))
        .containsExactly("None");
  }

  @Test
  void rowsHaveTheColumnsOfTheirHeader() {
    Table table = Table.of("a", "b");
    assertThatThrownBy(() -> table.row("1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("[1] has not the columns of [a, b]");
  }
}
