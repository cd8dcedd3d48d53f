package org.lm4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.lm4j.InputException;

/** Records within records whose file is flat. */
class FlatTest {
  record Widths(int width, int height) {}

  record Inner(@Flat Widths widths, String name) {}

  private static final String FILE =
      "{\"kind\":\"k\",\"columns\":2,\"name\":\"n\",\"p\":0.5,\"rows\":3,\"width\":4,\"height\":5}";

  record Renamed(
      String kind,
      @Flat(rename = {"width", "columns", "height", "rows"}) Widths first,
      @Flat Inner inner,
      double p) {}

  private static final Renamed VALUE =
      new Renamed("k", new Widths(2, 3), new Inner(new Widths(4, 5), "n"), 0.5);

  @Test
  void fieldsOfInnerRecordsAreReadFromBesideTheOthers() {
    assertThat(Json.parse(FILE, "file", Renamed.class)).isEqualTo(VALUE);
    assertThat(PlainRecords.read(FILE, Renamed.class)).isEqualTo(VALUE);
    assertThat(JsonMapping.MAPPER.readValue(FILE, Renamed.class)).isEqualTo(VALUE);
  }

  @Test
  void theyAreWrittenBesideTheOthersInTheOrderOfTheRecord() {
    assertThat(Json.line(VALUE))
        .isEqualTo(
            "{\"kind\":\"k\",\"columns\":2,\"rows\":3,\"width\":4,\"height\":5,\"name\":\"n\","
                + "\"p\":0.5}");
  }

  @Test
  void whatIsWrongIsSaidByTheNamesInTheFile() {
    assertRefused(FILE.replace("\"columns\":2,", ""), "missing field 'columns'");
    assertRefused(FILE.replace("\"width\":4,", ""), "missing field 'width'");
    assertRefused(FILE.replace("\"columns\":2", "\"columns\":\"2\""), "'columns'");
    assertRefused(
        FILE.replace("{\"kind\"", "{\"more\":1,\"kind\""),
        "unknown field 'more' (known here: kind, columns, rows, width, height, name, p)");
  }

  private static void assertRefused(String text, String words) {
    assertThatThrownBy(() -> Json.parse(text, "file", Renamed.class))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("file")
        .hasMessageContaining(words);
  }
}
