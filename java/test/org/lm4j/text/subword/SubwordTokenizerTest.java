package org.lm4j.text.subword;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.InputException;
import org.lm4j.text.Detokenizer;
import org.lm4j.text.Vocabulary;

/** Tokenizers of every kind against the library Hugging Face Tokenizers. */
class SubwordTokenizerTest {
  static Stream<SubwordFixtures.Kind> kinds() {
    return SubwordFixtures.kinds().stream();
  }

  private static List<Integer> ids(SubwordTokenizer tokenizer, String text) {
    List<Integer> ids = new ArrayList<>();
    tokenizer.encode(
        text,
        (id, start, end, known) -> {
          if (id >= 0) {
            ids.add(id);
          }
        });
    return ids;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void idsAreThoseOfTheLibrary(SubwordFixtures.Kind kind) {
    SubwordTokenizer tokenizer = kind.open();
    for (int i = 0; i < kind.ids().size(); i++) {
      String line = SubwordFixtures.lines().get(i);
      assertThat(ids(tokenizer, line)).as(line).isEqualTo(kind.ids().get(i));
      assertThat(ids(tokenizer, line)).as("again: " + line).isEqualTo(kind.ids().get(i));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void decodedTextsAreThoseOfTheLibrary(SubwordFixtures.Kind kind) {
    Vocabulary vocabulary = Vocabulary.of(kind.open());
    for (int i = 0; i < kind.ids().size(); i++) {
      int[] ids = kind.ids().get(i).stream().mapToInt(id -> id).toArray();
      assertThat(Detokenizer.text(vocabulary, ids)).isEqualTo(kind.decoded().get(i));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void spansAreInOrderAndHoldTheTextOfTokensThatKeepIt(SubwordFixtures.Kind kind) {
    SubwordTokenizer tokenizer = kind.open();
    for (String line : SubwordFixtures.lines()) {
      int[] last = {0, 0};
      tokenizer.encode(
          line,
          (id, start, end, known) -> {
            assertThat(start).isBetween(last[0], line.length());
            assertThat(end).isBetween(Math.max(start, last[1]), line.length());
            last[0] = start;
            last[1] = end;
            if (known && tokenizer.keepsText() && isWhole(tokenizer.bytes(id))) {
              assertThat(new String(tokenizer.bytes(id), java.nio.charset.StandardCharsets.UTF_8))
                  .isEqualTo(line.substring(start, end));
            }
          });
    }
  }

  private static boolean isWhole(byte[] bytes) {
    String text = new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    return !text.contains("\uFFFD");
  }

  @Test
  void onlyByteLevelTokenizersWithoutChangesKeepTheText() {
    List<String> keeping =
        SubwordFixtures.kinds().stream()
            .filter(kind -> kind.open().keepsText())
            .map(SubwordFixtures.Kind::name)
            .toList();
    assertThat(keeping).containsExactly("gpt-2", "gpt-4o", "digits");
  }

  /** The splitter of GPT-2 is written by hand; this is its pattern. */
  @Test
  void theSplitterOfGpt2DoesWhatItsPatternDoes() {
    Pattern pattern =
        Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);
    String[] pieces = {
      "'", "s", "t", "re", "v", "e", "ll", "d", "m", " ", "  ", "\n", "\t", "\u00a0", "a", "Zé",
      "中", "𝄞", "𝒜", "1", "½", "٣", ".", "!?", "\u0301", "\u2028", "\u200b", "Ⅷ"
    };
    Random random = new Random(1);
    for (int n = 0; n < 3000; n++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      Matcher matcher = pattern.matcher(text);
      for (int at = 0; at < text.length(); ) {
        assertThat(matcher.find(at)).isTrue();
        int end = GptSplitter.end(text, at, text.length());
        assertThat(end).as("%s at %d", text, at).isEqualTo(matcher.end());
        at = end;
      }
    }
  }

  /** The heap finds the merges that a search for the first of them finds. */
  @Test
  void mergesAreAppliedInTheirOrder() {
    SubwordFixtures.Kind kind = SubwordFixtures.kind("gpt-2");
    SubwordTokenizer tokenizer = kind.open();
    Map<?, ?> model = (Map<?, ?>) Objects.requireNonNull(kind.tokenizer().get("model"));
    Map<List<?>, Integer> ranks = new HashMap<>();
    for (Object merge : (List<?>) Objects.requireNonNull(model.get("merges"))) {
      ranks.put((List<?>) merge, ranks.size());
    }
    Random random = new Random(2);
    for (int n = 0; n < 300; n++) {
      StringBuilder word = new StringBuilder();
      for (int i = random.nextInt(60); i >= 0; i--) {
        word.append("thearinosgcf".charAt(random.nextInt(n % 12 + 1)));
      }
      List<Integer> expected = new ArrayList<>();
      for (String piece : merged(word.toString(), ranks)) {
        expected.add(tokenizer.tokens().indexOf(piece));
      }
      assertThat(ids(tokenizer, word.toString())).as(word.toString()).isEqualTo(expected);
    }
  }

  private static List<String> merged(String word, Map<List<?>, Integer> ranks) {
    List<String> pieces = new ArrayList<>(List.of(word.split("")));
    while (true) {
      int best = -1;
      int least = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < pieces.size(); i++) {
        Integer rank = ranks.get(pieces.subList(i, i + 2));
        if (rank != null && rank < least) {
          best = i;
          least = rank;
        }
      }
      if (best < 0) {
        return pieces;
      }
      pieces.set(best, pieces.get(best) + pieces.remove(best + 1));
    }
  }

  @Test
  void aLongWordTakesNoQuadraticTime() {
    SubwordTokenizer tokenizer = SubwordFixtures.kind("gpt-2").open();
    String word = "the".repeat(200_000);
    int[] count = {0};
    tokenizer.encode(word, (id, start, end, known) -> count[0]++);
    assertThat(count[0]).isBetween(100_000, 600_000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "normalizer|{type=Precompiled}|the normalizer Precompiled",
        "normalizer|{type=Nmt}|the normalizer Nmt",
        "normalizer|{type=Replace, regex=a+}|the normalizer Replace with the pattern a+",
        "pre_tokenizer|{type=UnicodeScripts}|the pre-tokenizer UnicodeScripts",
        "pre_tokenizer|{type=Split, regex=a|the pre-tokenizer Split with the pattern a",
        "post_processor|{type=Unknown}|the post-processor Unknown",
        "decoder|{type=CTC}|the decoder CTC",
        "decoder|{type=BPEDecoder}|the decoder BPEDecoder",
        "model|{type=WordLevel}|the model WordLevel",
      })
  void whatIsNotSupportedIsRefusedByItsName(String field, String value, String named) {
    Map<String, Object> changed = new LinkedHashMap<>(SubwordFixtures.kind("gpt-2").tokenizer());
    String type = value.replaceAll("\\{type=(\\w+).*", "$1");
    Map<String, Object> object = new LinkedHashMap<>(Map.of("type", type));
    if (value.contains("regex=")) {
      object.put("pattern", Map.of("Regex", value.replaceAll(".*regex=([^}]*).*", "$1")));
      object.put("content", "x");
      object.put("behavior", "Isolated");
    }
    changed.put(field, object);
    assertThatThrownBy(() -> SubwordTokenizer.of(changed, "t.json"))
        .isInstanceOf(InputException.class)
        .hasMessage("t.json needs " + named + ", which lm4j does not support");
  }

  @Test
  void optionsOfBpeThatChangeTokensAreRefused() {
    refuses("dropout", 0.1, "BPE with dropout");
    refuses("continuing_subword_prefix", "##", "the continuing_subword_prefix '##'");
    refuses("end_of_word_suffix", "</w>", "the end_of_word_suffix '</w>'");
    refuses("merges", List.of(List.of("a", "zzz")), "'a' 'zzz'");
    refuses("merges", "a b", "'merges' is not an array");
    refuses("vocab", Map.of("a", 0, "b", 5), "'merges' is not made of tokens of its vocabulary");
    refuses("vocab", List.of("a"), "'vocab' is not an object");
  }

  private static void refuses(String field, Object value, String named) {
    Map<String, Object> changed = new LinkedHashMap<>(SubwordFixtures.kind("gpt-2").tokenizer());
    Map<Object, Object> model =
        new LinkedHashMap<>((Map<?, ?>) Objects.requireNonNull(changed.get("model")));
    model.put(field, value);
    changed.put("model", model);
    assertThatThrownBy(() -> SubwordTokenizer.of(changed, "t.json"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(named);
  }

  @Test
  void idsWithGapsAreRefused() {
    Map<String, Object> changed = new LinkedHashMap<>(SubwordFixtures.kind("gpt-2").tokenizer());
    changed.put(
        "added_tokens", List.of(Map.of("content", "<far>", "id", 1_000_000, "special", true)));
    assertThatThrownBy(() -> SubwordTokenizer.of(changed, "t.json"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("each id must belong to one token");
  }
}
