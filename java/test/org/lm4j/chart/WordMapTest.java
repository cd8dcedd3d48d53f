package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class WordMapTest {
  static WordMap map() {
    return WordMap.of("Map", "first", "second")
        .add("cat", 0, 0, "cat, word 1", false)
        .add("dog", 0.001, 0.001, "dog, word 2", false)
        .add("Sun", 1, 1, "Sun, word 3", true)
        .add("nowhere", Double.NaN, 1, "", false)
        .neighbours(
            "cat",
            List.of(new WordMap.Neighbour("dog", 0.98765), new WordMap.Neighbour("<i>", -0.5)))
        .neighbours("dog", List.of(new WordMap.Neighbour("cat", 0.98765)));
  }

  @Test
  void wordsStandAtTheirPlacesAndNamesDoNotTouch() throws Exception {
    Document page = Xml.parse(Page.of("t").chart(map()).html());
    List<Element> spots = Xml.all(page, "g", "spot");
    assertThat(spots)
        .extracting(spot -> spot.getAttribute("data-word"))
        .containsExactly("cat", "dog", "Sun");
    assertThat(Xml.percent(Xml.all(page, "circle", "point").get(0), "cx")).isEqualTo(0);
    assertThat(Xml.percent(Xml.all(page, "circle", "point").get(2), "cx")).isEqualTo(100);
    List<Element> names = Xml.all(page, "text", "named");
    assertThat(Xml.has(names.get(0), "nameless")).isFalse();
    assertThat(Xml.has(names.get(1), "nameless")).as("would cover another").isTrue();
    assertThat(Xml.has(names.get(2), "end")).as("stands left of its point").isTrue();
    assertThat(Xml.all(page, "pre", "near").getFirst().getTextContent())
        .isEqualTo("cat\tdog\t0.988\t<i>\t-0.500\ndog\tcat\t0.988\n");
  }

  /** Where there is more room, more words have names, and none loses one. */
  @Test
  void widerDrawingsHaveMoreNames() throws Exception {
    WordMap map = WordMap.of("Map", "x", "y");
    for (int i = 0; i < 1000; i++) {
      map.add("word" + i, i * 37 % 1000, i * 91 % 1000, "", false);
    }
    Document page = Xml.parse(Page.of("t").chart(map).html());
    int[] counts = new int[5];
    String[] classes = {"w480", "w620", "w800", "w1100", "nameless"};
    for (int i = 0; i < classes.length; i++) {
      counts[i] = Xml.all(page, "text", classes[i]).size();
      assertThat(counts[i]).as(classes[i]).isPositive();
    }
    assertThat(Xml.all(page, "script")).hasSize(1);
    assertThat(page.getElementsByTagName("input").getLength()).isZero();
  }

  @Test
  void anEmptyMapSaysSo() {
    assertThat(WordMap.of("Map", "x", "y").html()).contains("There is no word to draw.");
    assertThat(WordMap.of("Map", "x", "y").add("a", 2, 2, "a", false).html())
        .contains("data-word=\"a\"")
        .doesNotContain("NaN");
  }
}
