package org.lm4j.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

class PlainValuesTest {
  private static final long SEED = 20261130;

  private static final String TEXT =
      """
      {"name": "größe \\u00e9\\n", "width": 3, "step": 12345678901, "rate": -2.5e-3, "none": null,
       "list": ["a", [], {}, 1], "inner": {"tied": true, "free": false}}
      """;

  private static final String SINGLE =
      "{\"cell\": \"lstm\", \"hidden\": 352, \"dropout\": 0.10, \"tied\": true, \"rate\": 1e-7}";

  @Test
  void readsWhatTheMapperReads() {
    Map<String, @Nullable Object> expected = new LinkedHashMap<>();
    expected.put("name", "größe é\n");
    expected.put("width", 3);
    expected.put("step", 12345678901L);
    expected.put("rate", -2.5e-3);
    expected.put("none", null);
    expected.put("list", List.of("a", List.of(), Map.of(), 1));
    expected.put("inner", Map.of("tied", true, "free", false));
    assertThat(read(TEXT)).isEqualTo(expected).isEqualTo(mapped(TEXT));
    assertThat(read(TEXT).keySet()).containsExactlyElementsOf(expected.keySet());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "1",
        "{",
        "{\"a\":1",
        "{\"a\":1} 2",
        "{\"a\":1,\"a\":1}",
        "{\"a\":[1}",
        "{\"a\":[1",
        "{\"a\":123456789012345678901}",
        "{\"a\":1e999}"
      })
  void leavesWhatIsInDoubtToTheMapper(String text) {
    assertThat(PlainValues.read(text)).isNull();
  }

  @Test
  void leavesBytesThatAreNotUtf8ToTheMapper() {
    byte[] text = "{\"a\":\"xyz\"}".getBytes(UTF_8);
    assertThat(PlainValues.read(text)).isEqualTo(Map.of("a", "xyz"));
    for (byte[] wrong :
        List.of(bytes(0xff), bytes(0xc3), bytes(0xed, 0xa0, 0x80), bytes(0xc0, 0xaf))) {
      byte[] damaged = text.clone();
      System.arraycopy(wrong, 0, damaged, 6, wrong.length);
      assertThat(PlainValues.read(damaged)).isNull();
    }
    assertThat(PlainValues.read("\uFEFF{}")).isNull();
    assertThat(PlainValues.read("{\"a\":\"\uD800\"}")).isNull();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  @Test
  void leavesWhatExceedsTheLimitsToTheMapper() {
    String deep = "{\"a\":" + "[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH) + "}";
    assertThat(PlainValues.read(deep)).isNull();
    assertThat(PlainValues.read("{\"a\":" + "[".repeat(9) + "]".repeat(9) + "}")).isNotNull();
    assertThat(PlainValues.read("{\"a\":0." + "1".repeat(99) + "}")).isNull();
    assertThat(PlainValues.read("{\"" + "n".repeat(100_002) + "\":1}")).isNull();
  }

  @Test
  void fieldsAreTheTextsThatATreeHas() {
    Map<String, String> fields = new LinkedHashMap<>();
    JsonMapping.MAPPER
        .readTree(SINGLE)
        .properties()
        .forEach(entry -> fields.put(entry.getKey(), entry.getValue().asString()));
    assertThat(Json.fields(SINGLE.getBytes(UTF_8), "file"))
        .isEqualTo(fields)
        .containsEntry("dropout", "0.1")
        .containsEntry("rate", "1.0E-7");
  }

  /** Whatever it reads of a damaged text, the mapper reads too. */
  @Test
  void readsNothingElseThanTheMapper() {
    Random random = new Random(SEED);
    String letters = "\"{}[]:,.-+eE019 \ntrufalsn\\x";
    int both = 0;
    for (int i = 0; i < 50_000; i++) {
      StringBuilder text = new StringBuilder(TEXT);
      for (int change = random.nextInt(3); change >= 0; change--) {
        int at = random.nextInt(text.length());
        char letter = letters.charAt(random.nextInt(letters.length()));
        switch (random.nextInt(3)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, letter);
          default -> text.setCharAt(at, letter);
        }
      }
      Map<String, @Nullable Object> plain = PlainValues.read(text.toString());
      if (plain != null) {
        assertThat(plain).as(text.toString()).isEqualTo(mapped(text.toString()));
        both++;
      }
    }
    assertThat(both).isGreaterThan(1000);
  }

  /** An array or object is not a single value, whatever it holds. */
  @Test
  void fieldsOfOtherValuesAreLeftToTheTree() {
    assertThat(Json.fields("{\"a\": null}".getBytes(UTF_8), "file"))
        .isEqualTo(Map.of("a", tree("{\"a\": null}").get("a").asString()));
  }

  private static JsonNode tree(String text) {
    return JsonMapping.MAPPER.readTree(text);
  }

  private static Map<String, @Nullable Object> read(String text) {
    Map<String, @Nullable Object> values = PlainValues.read(text);
    return Objects.requireNonNull(values, text);
  }

  private static @Nullable Object mapped(String text) {
    try {
      return JsonMapping.MAPPER.readValue(text, Map.class);
    } catch (JacksonException e) {
      return e;
    }
  }
}
