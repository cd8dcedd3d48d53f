package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

@Tag("slow")
class HeatMapTest {
  private static final double[][] WEIGHTS = {{0, 0.25}, {0.5, 1}, {0.1, 0.4}};

  private static List<Element> cells(HeatMap map) throws Exception {
    return Xml.all(Xml.parse(map.html()), "rect", "cell");
  }

  private static List<String> numbers(HeatMap map) throws Exception {
    return Xml.texts(Xml.all(Xml.parse(map.html()), "text", "value"));
  }

  @Test
  void cellsLieInRowsAndAreAsStrongAsTheirValues() throws Exception {
    HeatMap map = HeatMap.of("attention", WEIGHTS);
    List<Element> cells = cells(map);
    assertThat(cells)
        .extracting(cell -> Xml.number(cell, "fill-opacity"))
        .containsExactly(0.0, 0.25, 0.5, 1.0, 0.1, 0.4);
    assertThat(Xml.number(cells.get(0), "y")).isEqualTo(Xml.number(cells.get(1), "y"));
    assertThat(Xml.number(cells.get(2), "y")).isGreaterThan(Xml.number(cells.get(0), "y"));
    assertThat(Xml.percent(cells.get(2), "x")).isEqualTo(Xml.percent(cells.get(0), "x"));
    assertThat(Xml.percent(cells.get(1), "x"))
        .isEqualTo(Xml.percent(cells.get(0), "x") + Xml.percent(cells.get(0), "width"));
    assertThat(numbers(map)).containsExactly("0.00", "0.25", "0.50", "1.00", "0.10", "0.40");
  }

  @Test
  void whatRoundsToZeroHasNoSign() throws Exception {
    assertThat(numbers(HeatMap.of("a", new double[][] {{-0.004, -0.006, 0.5}})))
        .containsExactly("0.00", "-0.01", "0.50");
  }

  @Test
  void numbersOnStrongColoursChangeTheirInk() throws Exception {
    HeatMap map = HeatMap.of("a", new double[][] {{0.4, 0.5, 0.7, 0.9}}).range(0, 1);
    assertThat(Xml.all(Xml.parse(map.html()), "text", "value"))
        .extracting(text -> text.getAttribute("class"))
        .containsExactly("value", "value on-low", "value on-mid", "value on-heat");
  }

  @Test
  void divergingColoursShowTheSign() throws Exception {
    List<Element> cells = cells(HeatMap.of("a", new double[][] {{-2, -1, 0, 1}}).diverging());
    assertThat(cells)
        .extracting(cell -> cell.getAttribute("class"))
        .containsExactly("cell cold", "cell cold", "cell heat", "cell heat");
    assertThat(cells)
        .extracting(cell -> Xml.number(cell, "fill-opacity"))
        .containsExactly(1.0, 0.5, 0.0, 0.5);
  }

  @Test
  void nanHasNoColour() throws Exception {
    HeatMap map = HeatMap.of("a", new double[][] {{Double.NaN, 3, Double.POSITIVE_INFINITY, 1}});
    assertThat(cells(map))
        .extracting(cell -> cell.getAttribute("class"))
        .containsExactly("cell none", "cell heat", "cell heat", "cell heat");
    assertThat(numbers(map)).containsExactly("NaN", "3", "∞", "1");
    assertThat(map.table().rows())
        .containsExactly(List.of("highest", "3", "1", "2"), List.of("lowest", "1", "1", "4"));
  }

  @Test
  void namesStandAtRowsAndColumnsAndInTheTable() throws Exception {
    HeatMap map =
        HeatMap.of("a", WEIGHTS)
            .rows("word", List.of("a", "<b>", "&c"))
            .columns("place", List.of("left", "right"));
    Document svg = Xml.parse(map.html());
    assertThat(Xml.texts(Xml.all(svg, "text", "tick"))).contains("a", "<b>", "&c", "left", "right");
    assertThat(Xml.texts(Xml.all(svg, "title"))).contains("<b>, right: 1");
    assertThat(map.table().header()).containsExactly("", "value", "word", "place");
    assertThat(map.table().rows())
        .containsExactly(
            List.of("highest", "1", "<b>", "right"), List.of("lowest", "0", "a", "left"));
  }

  @Test
  void whereNumbersHaveNoRoomTheyAreLeftToThePointer() throws Exception {
    HeatMap map = HeatMap.of("a", new double[100][150]);
    assertThat(numbers(map)).isEmpty();
    assertThat(cells(map)).hasSize(15_000);
    String style = Xml.all(Xml.parse(map.html()), "div", "area").getFirst().getAttribute("style");
    assertThat(Double.parseDouble(style.replaceFirst(".*max-width:([0-9.]+)px.*", "$1")))
        .isLessThan(1160);
  }

  @Test
  void numbersGoWhereAPhoneHasNoRoomForThemAndLongNamesAreSlanted() throws Exception {
    assertThat(numberClasses(HeatMap.of("a", new double[2][4]))).containsOnly("value");
    double[][] fractions = new double[1][14];
    fractions[0][3] = 0.25;
    assertThat(numberClasses(HeatMap.of("a", fractions)))
        .allMatch(css -> css.startsWith("value") && css.endsWith(" w480"));
    List<String> names = List.of("the first of all", "<b>");
    Document map = Xml.parse(HeatMap.of("a", new double[3][2]).columns("", names).html());
    assertThat(Xml.texts(Xml.all(map, "text", "tick"))).contains("the first of …", "<b>");
    Document many =
        Xml.parse(
            HeatMap.of("a", new double[1][40])
                .columns("", java.util.Collections.nCopies(40, "word"))
                .html());
    assertThat(
            Xml.all(many, "text", "tick").stream().filter(each -> each.hasAttribute("transform")))
        .hasSize(40);
  }

  private static List<String> numberClasses(HeatMap map) throws Exception {
    return Xml.all(Xml.parse(map.html()), "text", "value").stream()
        .map(text -> text.getAttribute("class"))
        .toList();
  }

  @Test
  void emptyAndConstantMapsAreDrawnToo() throws Exception {
    assertThat(cells(HeatMap.of("a", new double[0][0]))).isEmpty();
    assertThat(cells(HeatMap.of("a", new double[1][1]))).hasSize(1);
    assertThat(HeatMap.of("a", new double[0][0]).table().rows())
        .contains(List.of("highest", "–", "–", "–"));
  }

  @Test
  void shapesLieInTheirCells() throws Exception {
    HeatMap map = HeatMap.of("a", new double[3][6]);
    int column = 0;
    for (HeatMap.Shape shape : HeatMap.Shape.values()) {
      map.mark(1, column++, shape, "#ff0000");
    }
    Document svg = Xml.parse(map.html());
    assertThat(Xml.all(svg, "polygon", "mark")).hasSize(4);
    assertThat(Xml.all(svg, "rect", "mark")).hasSize(1);
    Element circle = Xml.all(svg, "circle", "mark").getFirst();
    Element cell = Xml.all(svg, "rect", "cell").get(6);
    Element place = (Element) circle.getParentNode();
    assertThat(Xml.percent(place, "x"))
        .isCloseTo(Xml.percent(cell, "x") + Xml.percent(cell, "width") / 2, within(0.02));
    assertThat(circle.getAttribute("style")).isEqualTo("fill:#ff0000");
    assertThatThrownBy(() -> map.mark(3, 0, HeatMap.Shape.STAR, "red"))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> map.mark(0, 0, HeatMap.Shape.STAR, "red;x:url(http://a)"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void inputThatIsNotAMatrixIsRefused() {
    assertThatThrownBy(() -> HeatMap.of("a", new double[][] {{1}, {1, 2}}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> HeatMap.of("a", new double[200][200]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("200 × 200");
    assertThatThrownBy(() -> HeatMap.of("a", WEIGHTS).rows("x", List.of("a")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
