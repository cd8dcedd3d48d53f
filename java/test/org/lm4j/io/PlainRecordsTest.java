package org.lm4j.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

class PlainRecordsTest {
  private static final long SEED = 20261122;

  record Shape(
      String name, int width, long step, double rate, @Nullable Double more, boolean tied) {
    Shape {
      if (width < 1) {
        throw new IllegalArgumentException("width must be at least 1, not " + width);
      }
    }
  }

  record Words(String level, List<String> tokens) {}

  record Numbers(List<Integer> numbers) {}

  record Inner(@Nullable Integer samples, @Nullable String words) {}

  record Optional(
      String name,
      @Nullable Boolean tied,
      @Nullable Long step,
      @Nullable Double rate,
      @Flat Inner inner) {}

  private static final String SHAPE =
      """
      {"name": "größe \\u00e9\\n😀", "width": 3, "step": 12345678901, "rate": 1, "more": -2.5e-3,
       "tied": true}
      """;

  private static final String WORDS = "{\"level\":\"char\",\"tokens\":[\"\\n\",\"a\",\"ß\",\"\"]}";

  private static final String OPTIONAL =
      "{\"name\":\"n\",\"tied\":true,\"step\":7,\"rate\":0.5,\"samples\":3,\"words\":\"w\"}";

  private static final List<String> TEXTS = List.of(SHAPE, WORDS, OPTIONAL);

  private static final List<Class<? extends Record>> TYPES =
      List.of(Shape.class, Words.class, Optional.class);

  @Test
  void readsTextsNumbersTruthValuesAndListsOfTexts() {
    assertThat(read(SHAPE, Shape.class))
        .isEqualTo(new Shape("größe é\n😀", 3, 12345678901L, 1, -2.5e-3, true));
    assertThat(read(WORDS, Words.class)).isEqualTo(new Words("char", List.of("\n", "a", "ß", "")));
  }

  @Test
  void leavesOutWhatMayBeMissing() {
    String some = "{\"step\":7,\"name\":\"n\",\"samples\":3}";
    assertThat(read("{\"name\":\"n\"}", Optional.class))
        .isEqualTo(new Optional("n", null, null, null, new Inner(null, null)))
        .isEqualTo(mapped("{\"name\":\"n\"}", Optional.class));
    assertThat(read(some, Optional.class))
        .isEqualTo(new Optional("n", null, 7L, null, new Inner(3, null)))
        .isEqualTo(mapped(some, Optional.class));
    assertThat(read(OPTIONAL, Optional.class))
        .isEqualTo(new Optional("n", true, 7L, 0.5, new Inner(3, "w")))
        .isEqualTo(mapped(OPTIONAL, Optional.class));
    assertThat(read(OPTIONAL.replace("\"name\":\"n\",", ""), Optional.class)).isNull();
    assertThat(read(OPTIONAL.replace("0.5", "null"), Optional.class)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "{\"level\":\"char\"}",
        "{\"level\":\"char\",\"tokens\":null}",
        "{\"level\":\"char\",\"tokens\":[null]}",
        "{\"level\":\"char\",\"tokens\":[1]}",
        "{\"level\":\"char\",\"tokens\":[[\"a\"]]}",
        "{\"level\":\"char\",\"tokens\":[\"a\"",
        "{\"level\":\"char\",\"tokens\":\"a\"}",
        "{\"level\":\"char\",\"tokens\":[\"a\"]",
        "{\"level\":\"char\",\"tokens\":[\"a\"]}}",
        "{\"level\":\"char\",\"tokens\":[\"a\"]} 1",
        "{\"level\":\"char\",\"level\":\"char\",\"tokens\":[]}",
        "{\"level\":\"char\",\"tokens\":[],\"more\":1}",
        "{\"level\":1,\"tokens\":[]}",
        "{level:\"char\",\"tokens\":[]}"
      })
  void leavesWhatIsInDoubtToTheMapper(String text) {
    assertThat(read(text, Words.class)).isNull();
  }

  @Test
  void leavesOtherTypesToTheMapper() {
    assertThat(read("{\"numbers\":[1]}", Numbers.class)).isNull();
    assertThat(read("1", Integer.class)).isNull();
  }

  @Test
  void leavesValuesThatAConstructorRefusesToTheMapper() {
    assertThat(read(SHAPE.replace("\"width\": 3", "\"width\": 0"), Shape.class)).isNull();
  }

  /** Whatever it reads of a damaged text, the mapper reads too. */
  @Test
  void readsNothingElseThanTheMapper() {
    Random random = new Random(SEED);
    String letters = "\"{}[]:,.-+eE019 \ntrufalsn\\x";
    int both = 0;
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder(TEXTS.get(i % TEXTS.size()));
      for (int change = random.nextInt(3); change >= 0; change--) {
        int at = random.nextInt(text.length());
        char letter = letters.charAt(random.nextInt(letters.length()));
        switch (random.nextInt(3)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, letter);
          default -> text.setCharAt(at, letter);
        }
      }
      Class<? extends Record> type = TYPES.get(i % TYPES.size());
      Record plain = read(text.toString(), type);
      if (plain != null) {
        assertThat(plain).as(text.toString()).isEqualTo(mapped(text.toString(), type));
        both++;
      }
    }
    assertThat(both).isGreaterThan(1000);
  }

  private static <T> @Nullable T read(String text, Class<T> type) {
    return PlainRecords.read(text, type);
  }

  private static @Nullable Object mapped(String text, Class<?> type) {
    try {
      return JsonMapping.MAPPER.readValue(text, type);
    } catch (JacksonException e) {
      return e;
    }
  }
}
