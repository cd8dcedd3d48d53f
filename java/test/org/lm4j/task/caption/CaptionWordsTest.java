package org.lm4j.task.caption;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CaptionWordsTest {
  @Test
  void punctuationGoesAndCaseGoes() {
    assertThat(CaptionWords.of("A child in a pink dress , climbing -- \"up\" stairs ."))
        .containsExactly("a", "child", "in", "a", "pink", "dress", "climbing", "up", "stairs");
    assertThat(CaptionWords.of("Two dogs;three cats/one bird(s)"))
        .containsExactly("two", "dogs", "three", "cats", "one", "bird", "s");
  }

  @Test
  void apostrophesAndHyphensStayInsideWordsOnly() {
    assertThat(CaptionWords.of("the man's tri-colored dog doesn’t 'bark' - rock-"))
        .containsExactly("the", "man's", "tri-colored", "dog", "doesn't", "bark", "rock");
  }

  @Test
  void anyScriptHasWords() {
    assertThat(CaptionWords.of("Ein größerer Hund; два пса 2")).hasSize(6).contains("größerer");
    assertThat(CaptionWords.of("e\u0301te\u0301 \uD835\uDC00b"))
        .containsExactly("e\u0301te\u0301", "\uD835\uDC00b");
  }

  @Test
  void nothingHasNone() {
    assertThat(CaptionWords.of("")).isEmpty();
    assertThat(CaptionWords.of(" . - ' \t")).isEmpty();
  }
}
