package org.lm4j.chart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class PageTest {
  @Test
  void everyChartHasATitleADrawingAndATable() throws Exception {
    Document page = Xml.parse(SamplePage.page().html());
    assertThat(Xml.all(page, "figure"))
        .hasSize(8)
        .allSatisfy(
            figure -> {
              assertThat(figure.getElementsByTagName("figcaption").getLength()).isEqualTo(1);
              assertThat(
                      figure.getElementsByTagName("svg").getLength()
                          + figure.getElementsByTagName("img").getLength())
                  .isPositive();
              assertThat(figure.getElementsByTagName("td").getLength()).isPositive();
            });
    assertThat(Xml.texts(Xml.all(page, "h2"))).containsExactly("Weights", "Attention of each word");
    assertThat(Xml.texts(Xml.all(page, "h1"))).containsExactly("Every <kind> of chart & text");
    assertThat(Xml.texts(Xml.all(page, "th"))).contains("<2>");
    assertThat(Xml.texts(Xml.all(page, "p", "note")))
        .containsExactly(
            "2 points are left out: not a finite number.",
            "In each picture the lowest value is black and the highest white.");
  }

  @Test
  void nothingComesFromElsewhereAndNoOtherScriptRuns() throws Exception {
    String html = SamplePage.page().html();
    Document page = Xml.parse(html);
    assertThat(Xml.all(page, "link")).isEmpty();
    assertThat(html).doesNotContain("@import", "http-equiv=\"refresh", " src=\"http");
    assertThat(html.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http://", "https:");
    assertThat(Xml.all(page, "img"))
        .isNotEmpty()
        .allMatch(image -> image.getAttribute("src").startsWith("data:"));
    String script = html.replaceFirst("(?s).*<script>(.*)</script>.*", "$1");
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(script.getBytes(UTF_8));
    assertThat(html)
        .contains(
            "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src"
                + " 'unsafe-inline'; script-src 'sha256-"
                + Base64.getEncoder().encodeToString(hash)
                + "'\"")
        .containsOnlyOnce("<script");
  }

  @Test
  void aPageOfTextHasNoScript() {
    assertThat(Page.of("a").paragraph("b").html())
        .doesNotContain("<script", "script-src", "connect-src")
        .contains("default-src 'none'");
    assertThat(Page.of("a").script("let b = 1;").html())
        .contains("let b = 1;", "connect-src 'self'");
  }

  @Test
  void theTitleBlockHasKindTitleFactsAndFigures() throws Exception {
    Page page =
        Page.of("A <run>")
            .paragraph("first")
            .kind("Training & more")
            .fact("Model", "LSTM <2 × 200>")
            .fact("Recipe", "")
            .facts(Map.of("Model", "GRU \"3\""))
            .figure("Perplexity", "119.0", "best, in epoch 6")
            .figure("Time", "6 min 29 s and more", "")
            .foot("Made by <lm>");
    Document found = Xml.parse(page.html());
    assertThat(Xml.texts(Xml.all(found, "p", "kind"))).containsExactly("Training & more");
    assertThat(Xml.texts(Xml.all(found, "h1"))).containsExactly("A <run>");
    assertThat(Xml.texts(Xml.all(found, "dt"))).containsExactly("Model", "Perplexity", "Time");
    assertThat(Xml.texts(Xml.all(found, "dd")))
        .containsExactly("GRU \"3\"", "119.0", "best, in epoch 6", "6 min 29 s and more");
    assertThat(Xml.all(found, "dd", "long")).hasSize(1);
    assertThat(Xml.texts(Xml.all(found, "footer"))).containsExactly("Made by <lm>");
    // The title block comes first, whatever the order of the calls.
    assertThat(page.html().indexOf("119.0")).isLessThan(page.html().indexOf(">first<"));
    assertThat(page.html()).contains(page.main());
  }

  @Test
  void tablesAlignWordsAndNumbersAndLabelTheCellsOfPhones() throws Exception {
    Table wide =
        Table.of("run", "loss", "note", "factor", "none")
            .row("a", "-1.5", "so <b>", "× 0.6", "–")
            .row("b", "1,200", "", "2e-9", "");
    Document found = Xml.parse(wide.html());
    assertThat(Xml.texts(Xml.all(found, "td", "words"))).containsExactly("so <b>", "");
    assertThat(Xml.all(found, "table", "stack")).hasSize(1);
    assertThat(Xml.all(found, "td"))
        .extracting(cell -> cell.getAttribute("data-label"))
        .containsExactly("loss", "note", "factor", "none", "loss", "note", "factor", "none");
    assertThat(Table.of("a", "b", "c").row("1", "of words", "too").html()).contains("stack");
    assertThat(Table.of("a", "b").row("1", "2").html()).doesNotContain("stack", "data-label");
  }

  @Test
  void classesOfTheMarkupHaveAStyle() throws Exception {
    Document page = Xml.parse(SamplePage.page().html());
    String css = Xml.all(page, "style").getFirst().getTextContent();
    for (Element element : Xml.all(page, "*")) {
      for (String name : element.getAttribute("class").split(" ", -1)) {
        if (!name.isEmpty() && !name.matches("chart|near")) {
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
