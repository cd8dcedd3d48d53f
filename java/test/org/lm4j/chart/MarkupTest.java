package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MarkupTest {
  @Test
  void textsComeBackFromTheParserAsTheyWere() throws Exception {
    String text = "<b a=\"1\" c='2'>&amp; ]]> 𝄞 ☂ é\n\t--></b>";
    String markup = new Markup().open("p", "title", "\"<&>'☂").text(text).close().toString();
    assertThat(Xml.parse(markup).getDocumentElement().getTextContent()).isEqualTo(text);
    assertThat(Xml.parse(markup).getDocumentElement().getAttribute("title")).isEqualTo("\"<&>'☂");
  }

  @Test
  void whatXmlCannotWriteIsReplaced() throws Exception {
    String markup =
        new Markup().element("p", "a\u0000b\u001bc\ud800d\uffffe\u0085f\u007f").toString();
    assertThat(Xml.parse(markup).getDocumentElement().getTextContent())
        .isEqualTo("a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ufffd");
  }

  @Test
  void anOpenElementIsNotMarkup() {
    Markup markup = new Markup().open("svg").open("g").close();
    assertThatThrownBy(markup::toString).hasMessage("<svg> is still open");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.001, 0",
    "1, 1",
    "1.5, 1.5",
    "1.25, 1.25",
    "1.254, 1.25",
    "-0.5, -0.5",
    "-12.07, -12.07",
    "999.999, 1000",
    "0.05, 0.05"
  })
  void coordinatesAreShort(double value, String text) {
    assertThat(Markup.coordinate(value)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, 0",
    "12, 12",
    "1234567, '1,234,567'",
    "1.23456, 1.2346",
    "-1.5, -1.5",
    "1234.5678, '1,234.6'",
    "12345678, 1.2346e7",
    "100000000, 1e8",
    "0.00012345, 0.00012345",
    "0.000012345, 1.2345e-5",
    "1.9358154113024995E-10, 1.9358e-10",
    "NaN, NaN",
    "Infinity, ∞",
    "-Infinity, -∞"
  })
  void numbersHaveFewDigits(double value, String text) {
    assertThat(Numbers.text(value)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0.125, 0.1250",
    "119.0344, 119.0",
    "16268, '16,270'",
    "200, 200.0",
    "0, 0",
    "1e-9, 1e-9",
    "NaN, NaN"
  })
  void figuresKeepTheirTrailingZeros(double value, String text) {
    assertThat(Numbers.rounded(value, 4)).isEqualTo(text);
  }
}
