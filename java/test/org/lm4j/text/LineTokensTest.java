package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.InputException;

class LineTokensTest {
  @Test
  void charactersAreCodePoints() {
    List<String> tokens = LineTokens.split(Level.CHAR, "a 𝄞é");
    assertThat(tokens).containsExactly("a", " ", "𝄞", "é");
    assertThat(LineTokens.join(Level.CHAR, tokens)).isEqualTo("a 𝄞é");
    assertThat(LineTokens.split(Level.CHAR, "")).isEmpty();
  }

  @Test
  void wordsStandBetweenWhiteSpace() {
    List<String> tokens = LineTokens.split(Level.WORD, "  un  deux\u00a0trois\u2003");
    assertThat(tokens).containsExactly("un", "deux", "trois");
    assertThat(LineTokens.join(Level.WORD, tokens)).isEqualTo("un deux trois");
    assertThat(LineTokens.split(Level.WORD, " \t")).isEmpty();
  }

  @Test
  void bytesAreRefused() {
    assertThatThrownBy(() -> LineTokens.split(Level.BYTE, "a"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("level char or word");
  }
}
