package org.lm4j.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lm4j.chart.Page;
import org.lm4j.chart.Xml;
import org.lm4j.metric.Calibration;
import org.lm4j.metric.ConfusionMatrix;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ClassFiguresTest {
  private static Document page(ConfusionMatrix matrix, List<String> names) throws Exception {
    ClassFigures figures = new ClassFigures(matrix, names, "class", "texts");
    Page page = Page.of("t");
    figures.addFigures(page);
    figures.addTo(page);
    return Xml.parse(page.html());
  }

  private static List<String> titles(Document page) {
    return Xml.all(page, "title").stream()
        .filter(title -> title.getParentNode().getNodeName().equals("g"))
        .map(Element::getTextContent)
        .toList();
  }

  @Test
  void fewClassesShowAllAnswersWithTheirCounts() throws Exception {
    ConfusionMatrix matrix = new ConfusionMatrix(2);
    int[][] answers = {{0, 0}, {0, 0}, {0, 0}, {0, 1}, {1, 1}};
    for (int[] answer : answers) {
      matrix.add(answer[0], answer[1]);
    }
    Document page = page(matrix, List.of("<b>", ""));
    assertThat(titles(page))
        .containsExactly(
            "<b>, correct: 3 of 4 (75.00 %)",
            "<b>, answered (empty): 1 of 4 (25.00 %)",
            "(empty), answered <b>: 0 of 1 (0.00 %)",
            "(empty), correct: 1 of 1 (100.00 %)");
    assertThat(Xml.texts(Xml.all(page, "text", "value"))).containsExactly("3", "1", "0", "1");
    assertThat(Xml.texts(Xml.all(page, "dd", "number"))).containsExactly("80.00 %", "76.19 %");
    assertThat(Xml.texts(Xml.all(page, "td")))
        .containsSubsequence("100.00 %", "75.00 %", "85.71 %", "4", "3")
        .containsSubsequence("50.00 %", "100.00 %", "66.67 %", "1", "2")
        .containsSubsequence("(empty)", "1", "25.00 %");
  }

  /** The diagonal would outshine everything else: it stays grey, and errors get the colours. */
  @Test
  void manyClassesShowErrorsOnly() throws Exception {
    ConfusionMatrix matrix = new ConfusionMatrix(100);
    for (int c = 0; c < 100; c++) {
      for (int i = 0; i < 100 - c; i++) {
        matrix.add(c, i == 0 ? (c + 1) % 100 : c);
      }
    }
    Document page = page(matrix, IntStream.range(0, 100).mapToObj(c -> "class" + c).toList());
    assertThat(titles(page)).hasSize(60 * 60);
    assertThat(Xml.all(page, "rect", "none")).hasSize(60);
    assertThat(Xml.texts(Xml.all(page, "p")).getFirst())
        .contains("Errors only", "The 60 most frequent of 100 classes are shown.");
  }

  @Test
  void noAnswersAreNoFigures() throws Exception {
    Document page = page(new ConfusionMatrix(1), List.of("a"));
    assertThat(Xml.texts(Xml.all(page, "dd", "number"))).containsExactly("–", "–");
  }

  @Test
  void overconfidenceIsNamed() throws Exception {
    ConfusionMatrix matrix = new ConfusionMatrix(2);
    Calibration calibration = new Calibration();
    for (int i = 0; i < 10; i++) {
      matrix.add(0, i % 2);
      calibration.add(0.9, i % 2 == 0);
    }
    Page page = Page.of("t");
    ClassFigures figures = new ClassFigures(matrix, List.of("a", "b"), "class", "texts");
    figures.addFigure(page, calibration);
    figures.addCalibration(page, calibration);
    assertThat(page.html())
        .contains("a probability of 90.00 %", "and 50.00 % of them", "it is overconfident")
        .contains("<dd class=\"number\">40.00 %</dd>")
        .contains("data-xs=\"0.9\" data-ys=\"0.5\"", "0.8 to 0.9: 10");
  }
}
