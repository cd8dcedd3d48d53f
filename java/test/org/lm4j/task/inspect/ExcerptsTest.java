package org.lm4j.task.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.text.TextFixtures;
import org.lm4j.text.token.TokenFile;

class ExcerptsTest {
  @TempDir Path folder;

  @Test
  void piecesReachFromTheFirstTokenToTheLast() {
    try (TokenFile tokens = counting(100)) {
      int[] inputs = new int[12];
      int[] next = new int[3];
      Excerpts.fill(tokens, 4, inputs, next);
      assertThat(inputs).containsExactly(0, 47, 95, 1, 48, 96, 2, 49, 97, 3, 50, 98);
      assertThat(next).containsExactly(4, 51, 99);
      Excerpts.fill(tokens, 12, inputs, new int[1]);
      assertThat(inputs).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }
  }

  @Test
  void aTextMustHaveAPlaceForEach() {
    try (TokenFile tokens = counting(10)) {
      int[] inputs = new int[18];
      int[] next = new int[3];
      Excerpts.fill(tokens, 6, inputs, next);
      assertThat(next).containsExactly(6, 7, 9);
      Excerpts.fill(tokens, 7, new int[21], next);
      assertThat(next).containsExactly(7, 8, 9);
      assertThatThrownBy(() -> Excerpts.fill(tokens, 8, new int[24], next))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("10 tokens")
          .hasMessageContaining("at least 11");
    }
  }

  private TokenFile counting(int n) {
    return TokenFile.open(
        TextFixtures.tokens(folder.resolve("count.tokens"), n, IntStream.range(0, n).toArray()));
  }
}
