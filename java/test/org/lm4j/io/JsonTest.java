package org.lm4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.InputException;
import tools.jackson.databind.JsonNode;

class JsonTest {
  enum Kind {
    LSTM,
    GRU
  }

  record Layer(int width, double rate) {}

  record Config(
      String name, Kind kind, long step, boolean tied, List<Layer> layers, @Nullable String note) {
    Config {
      if (step < 0) {
        throw new IllegalArgumentException("step must not be negative, but is " + step);
      }
    }
  }

  private static final String VALID =
      """
      {
        "name": "größe 😀",
        "kind": "GRU",
        "step": 12345678901,
        "tied": true,
        "layers": [
          {
            "width": 3,
            "rate": 0.1
          }
        ],
        "note": null
      }
      """;

  private static final Config CONFIG =
      new Config("größe 😀", Kind.GRU, 12345678901L, true, List.of(new Layer(3, 0.1)), null);

  @TempDir Path folder;

  @Test
  void writesFieldsInTheOrderOfTheRecordAndReadsThemBack() throws IOException {
    Path file = folder.resolve("config.json");
    Json.write(file, CONFIG);
    assertThat(Files.readString(file)).isEqualTo(VALID);
    assertThat(Json.read(file, Config.class)).isEqualTo(CONFIG);
    assertThat(Json.readTree(file).get("step").asLong()).isEqualTo(12345678901L);
  }

  @Test
  void aNullableFieldMayBeMissing() {
    String text = VALID.replace(",\n  \"note\": null", "");
    assertThat(text).doesNotContain("note");
    assertThat(Json.parse(text, "x", Config.class)).isEqualTo(CONFIG);
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        arguments("", "it is empty"),
        arguments("null", "holds null where a value is needed"),
        arguments("[]", "line 1, column 1"),
        arguments(VALID.replace("true,", "true"), "line 6, column 3"),
        arguments(VALID + "x", "line 14, column 1"),
        arguments("First words", "'First' is not a JSON value; strings need double quotes"),
        arguments("{\"layers\": 3}", "field 'layers': a list in [ ] belongs here"),
        arguments(VALID.replace("\"name\"", "name"), "'n' is out of place"),
        arguments(VALID + "{}", "more follows where it should end"),
        arguments(
            VALID.replace("\"tied\"", "\"tide\": 1, \"tied\""),
            "unknown field 'tide' (known here: name,"),
        arguments(VALID.replace("\"rate\"", "\"r\": 1, \"rate\""), "unknown field 'layers[0].r'"),
        arguments(VALID.replace("  \"tied\": true,\n", ""), "missing field 'tied'"),
        arguments(VALID.replace(",\n      \"rate\": 0.1", ""), "missing field 'layers[0].rate'"),
        arguments(VALID.replace("true", "null"), "field 'tied' is null but needs a value"),
        arguments(VALID.replace("\"größe 😀\"", "null"), "field 'name' is null but needs a value"),
        arguments(VALID.replace("true", "1"), "field 'tied': true or false belongs here, not 1"),
        arguments(VALID.replace("true", "\"true\""), "field 'tied'"),
        arguments(
            VALID.replace("12345678901", "1.5"), "'step': a whole number belongs here, not 1.5"),
        arguments(VALID.replace("12345678901", "\"1\""), "a whole number belongs here, not \"1\""),
        arguments(VALID.replace("12345678901", "9223372036854775808"), "field 'step'"),
        arguments(VALID.replace("12345678901", "-1"), "step must not be negative, but is -1"),
        arguments(VALID.replace("12345678901", "9".repeat(200)), "length"),
        arguments(VALID.replace("0.1", "1e400"), "'layers[0].rate': 1e400 is too large"),
        arguments(VALID.replace("0.1", "\"0.1\""), "'layers[0].rate'"),
        arguments(VALID.replace("3,", "1e99999999,"), "'layers[0].width'"),
        arguments(VALID.replace("3,", "4294967299,"), "'layers[0].width'"),
        arguments(
            VALID.replace("\"GRU\"", "\"gru\""),
            "'kind': one of LSTM, GRU belongs here, not \"gru\""),
        arguments(VALID.replace("\"GRU\"", "1"), "'kind'"),
        arguments(VALID.replace("\"kind\"", "\"name\""), "line 3, column 9: Duplicate"),
        arguments("{\"layers\":" + "[".repeat(1000), "line 1"),
        arguments("{\"layers\": [", "it ends in the middle of a value"),
        arguments("{\"layers\":[null]}", "'layers[0]' is null"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void whatIsWrongIsNamedWithFileAndPlace(String text, String says) throws IOException {
    Path file = Files.writeString(folder.resolve("config.json"), text);
    assertThatThrownBy(() -> Json.read(file, Config.class))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(says)
        .satisfies(e -> assertThat(String.valueOf(e.getMessage()).lines()).hasSize(1))
        .satisfies(
            e -> assertThat(e.getMessage()).doesNotContain("java.lang", "tools.jackson", "`"));
  }

  @Test
  void treesAreReadAsStrictly() throws IOException {
    Path file = folder.resolve("tree.json");
    for (String text :
        List.of("{\"a\":1,\"a\":2}", "[1,]", "[NaN]", "['a']", "[01]", "[1]]", "//")) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> Json.readTree(file)).as(text).isInstanceOf(InputException.class);
    }
    Files.writeString(file, "[".repeat(1000) + "]".repeat(1000));
    assertThatThrownBy(() -> Json.readTree(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("nesting depth");
    Files.writeString(file, "\uFEFF[1]");
    assertThat(Json.readTree(file).get(0).asInt()).as("after a byte order mark").isEqualTo(1);
  }

  @Test
  void bytesThatAreNotUtf8AreNamed() throws IOException {
    Path file =
        Files.write(folder.resolve("a.json"), "[\"ä\"]".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> Json.readTree(file))
        .isInstanceOf(InputException.class)
        .hasMessage(file + " is not UTF-8 text; save it as UTF-8");
  }

  @Test
  void whatIsNotAFiniteNumberIsNull() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("loss", Double.NaN);
    values.put("norm", Float.POSITIVE_INFINITY);
    values.put("rate", 1e-4);
    values.put("some", new double[] {1, Double.NaN});
    values.put("short", new float[] {Float.NEGATIVE_INFINITY, 2});
    values.put("list", List.of(Double.NEGATIVE_INFINITY, Float.NaN, 3));
    assertThat(Json.line(values))
        .isEqualTo(
            "{\"loss\":null,\"norm\":null,\"rate\":1.0E-4,"
                + "\"some\":[1.0,null],\"short\":[null,2.0],\"list\":[null,null,3]}");
    assertThat(Json.line(new Layer(1, Double.NEGATIVE_INFINITY)))
        .isEqualTo("{\"width\":1,\"rate\":null}");
    assertThatThrownBy(() -> Json.parse("{\"width\":1,\"rate\":null}", "x", Layer.class))
        .hasMessageContaining("'rate' is null but needs a value");
    assertThat(Json.parse("{\"width\":1,\"rate\":\"NaN\"}", "x", Layer.class).rate()).isNaN();
  }

  @Test
  void doublesKeepEveryBit() {
    for (double value : new double[] {0.1, 1 / 3.0, Double.MIN_VALUE, Double.MAX_VALUE, -0.0}) {
      Layer layer = Json.parse(Json.pretty(new Layer(1, value)), "x", Layer.class);
      assertThat(Double.doubleToRawLongBits(layer.rate()))
          .isEqualTo(Double.doubleToRawLongBits(value));
    }
  }

  @Test
  void aLargeVocabularyRoundTrips() {
    List<String> words = Stream.iterate(0, i -> i + 1).limit(50_000).map(i -> "w" + i).toList();
    Path file = folder.resolve("vocab.json");
    Json.write(file, words);
    assertThat(List.of(Json.read(file, String[].class))).isEqualTo(words);
    JsonNode tree = Json.readTree(file);
    assertThat(tree.size()).isEqualTo(50_000);
  }
}
