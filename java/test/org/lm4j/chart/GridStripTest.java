package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class GridStripTest {
  private static GridStrip strip() {
    return GridStrip.of("a <cat>", 2, 3)
        .add("a", new double[] {0.1, 0.2, 0.1, 0.1, 0.4, 0.1})
        .add("<cat>", new double[] {0, 0, 1, 0, 0, 0});
  }

  @Test
  void drawsAGridForEachWordAndFramesTheStrongestCell() throws Exception {
    Document drawing = Xml.parse(strip().html());
    assertThat(Xml.all(drawing, "rect", "heat")).hasSize(12);
    assertThat(Xml.all(drawing, "div", "strip").getFirst().getAttribute("style")).isEmpty();
    assertThat(Xml.all(drawing, "rect", "ring")).hasSize(2);
    Element ring = Xml.all(drawing, "rect", "ring").getFirst();
    Element strongest = Xml.all(drawing, "rect", "heat").get(4);
    assertThat(ring.getAttribute("x")).isEqualTo(strongest.getAttribute("x"));
    assertThat(ring.getAttribute("y")).isEqualTo(strongest.getAttribute("y"));
    assertThat(strongest.getAttribute("fill-opacity")).isEqualTo("0.4");
    assertThat(Xml.texts(Xml.all(drawing, "b"))).containsExactly("a", "<cat>");
    assertThat(Xml.texts(Xml.all(drawing, "small"))).containsExactly("0.40", "1.00");
    assertThat(Xml.texts(Xml.all(drawing, "title"))).contains("row 2, column 2: 0.4");
  }

  @Test
  void veilsCellsWithoutAttention() throws Exception {
    String picture = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    Document drawing = Xml.parse(strip().picture(picture).html());
    // One picture for all words.
    assertThat(Xml.all(drawing, "div", "strip").getFirst().getAttribute("style"))
        .startsWith("--picture:url(data:image/svg+xml;base64,");
    Element seen = Xml.all(drawing, "rect", "veil").get(4);
    Element unseen = Xml.all(drawing, "rect", "veil").get(6);
    assertThat(seen.getAttribute("fill-opacity")).isEqualTo("0");
    assertThat(Double.parseDouble(unseen.getAttribute("fill-opacity"))).isGreaterThan(0.5);
  }

  @Test
  void listsTheStrongestCells() throws Exception {
    assertThat(strip().table().header()).containsExactly("word", "row", "column", "weight");
    assertThat(strip().table().rows())
        .containsExactly(List.of("a", "2", "2", "0.400"), List.of("<cat>", "1", "3", "1.000"));
    Document page = Xml.parse(Page.of("Captions").chart(strip().note("second best")).html());
    assertThat(Xml.texts(Xml.all(page, "p", "note"))).containsExactly("second best");
    String css = Xml.all(page, "style").getFirst().getTextContent();
    assertThat(css).contains(".veil", ".ring", ".heat", ".cell");
  }

  @Test
  void refusesDataThatAreNotAGrid() {
    assertThatThrownBy(() -> strip().add("dog", new double[5]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> GridStrip.of("none", 0, 3))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
