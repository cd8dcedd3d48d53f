package org.lm4j.text.subword;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.lm4j.io.Json;

/** What is learned, against the library Hugging Face Tokenizers. */
class BpeLearnerTest {
  private static SubwordTokenizer learn(Iterable<String> lines, int size, long minCount) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (String line : lines) {
      BpeLearner.split(line, part -> counts.merge(part, 1L, Long::sum));
    }
    return BpeLearner.learn(
        List.copyOf(counts.keySet()),
        counts.values().stream().mapToLong(count -> count).toArray(),
        size,
        minCount,
        (done, wanted) -> {});
  }

  private static Object merges(SubwordTokenizer tokenizer) {
    Map<?, ?> model = (Map<?, ?>) Objects.requireNonNull(tokenizer.json().get("model"));
    return Objects.requireNonNull(model.get("merges"));
  }

  @Test
  void tokensAndMergesAreThoseOfTheLibrary() {
    List<String> lines = SubwordFixtures.lines().stream().map(line -> line + "\n").toList();
    List<?> expected = Json.read(SubwordFixtures.path("learned.json"), List.class);
    assertThat(expected).hasSize(3);
    for (Object each : expected) {
      Map<?, ?> fixture = (Map<?, ?>) each;
      SubwordTokenizer learned = learn(lines, number(fixture, "size"), number(fixture, "min"));
      assertThat(learned.tokens()).isEqualTo(fixture.get("tokens"));
      assertThat(merges(learned)).isEqualTo(fixture.get("merges"));
      assertThat(learned.keepsText()).isTrue();
      assertThat(learned.algorithm()).isEqualTo("byte-level BPE");
    }
  }

  /** The order of the words, which is that of a text, plays no part. */
  @Test
  void theOrderOfTheTextChangesNothing() {
    List<String> lines = new ArrayList<>(SubwordFixtures.lines());
    SubwordTokenizer one = learn(lines, 500, 1);
    SubwordTokenizer other = learn(lines.reversed(), 500, 1);
    assertThat(one.tokens()).isEqualTo(other.tokens());
    assertThat(merges(one)).isEqualTo(merges(other));
  }

  @Test
  void aTextWithoutPairsHasTheBytesAlone() {
    assertThat(learn(List.of("a b c"), 300, 1).tokens()).hasSize(258); // " b" and " c"
    assertThat(learn(List.of("a"), 300, 1).tokens()).hasSize(256);
    assertThat(learn(List.of("aaaa"), 256, 1).tokens()).hasSize(256);
  }

  private static int number(Map<?, ?> fixture, String name) {
    return (Integer) Objects.requireNonNull(fixture.get(name));
  }
}
