package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Every level counts the same words. */
class WordCountTest {
  private static final String TEXT = "  a quick\tbröwn\n\nfox 🙂 \n";

  private static long count(Vocabulary vocabulary) {
    return WordCount.of(EncodedText.of(vocabulary, TEXT), vocabulary);
  }

  @Test
  void everyLevelCountsTheSame() {
    List<String> letters = TEXT.codePoints().distinct().mapToObj(Character::toString).toList();
    assertThat(count(Vocabulary.of(Level.CHAR, letters))).isEqualTo(5);
    assertThat(count(Vocabulary.bytes())).isEqualTo(5);
    assertThat(count(Vocabulary.of(Level.WORD, List.of("<unk>", "<eos>", "fox")))).isEqualTo(5);
  }
}
