package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class MarkedTextsTest {
  @Test
  void aPartOfATextIsHighlightedAndNothingInItIsMarkup() throws Exception {
    MarkedTexts examples =
        MarkedTexts.of("Errors")
            .add("<NN>", "a <b>", "</p><script>alert(1)</script>", " &amp; c", "answered JJ")
            .add("NN", "", "", "all of it", "");
    Document page = Xml.parse(Page.of("t").texts(examples).html());
    assertThat(Xml.all(page, "script")).isEmpty();
    assertThat(Xml.texts(Xml.all(page, "mark"))).containsExactly("</p><script>alert(1)</script>");
    assertThat(Xml.texts(Xml.all(page, "p", "quote")))
        .containsExactly("a <b></p><script>alert(1)</script> &amp; c", "all of it");
    assertThat(Xml.texts(Xml.all(page, "p", "about"))).containsExactly("<NN> answered JJ", "NN");
    assertThat(Xml.all(page, "p", "quote")).allMatch(p -> p.getAttribute("dir").equals("auto"));
  }

  @Test
  void longPartsAreShortenedTowardsTheHighlightedOne() throws Exception {
    String word = "\uD83D\uDE00".repeat(10_000);
    Document page =
        Xml.parse(Page.of("t").texts(MarkedTexts.of("e").add("a", word, word, word, "")).html());
    assertThat(Xml.texts(Xml.all(page, "p", "quote")).getFirst())
        .isEqualTo("…" + "\uD83D\uDE00".repeat(399) + ("\uD83D\uDE00".repeat(399) + "…").repeat(2));
  }

  @Test
  void noExamplesAreNoSection() {
    assertThat(Page.of("t").texts(MarkedTexts.of("empty list")).html())
        .doesNotContain("empty list");
  }
}
