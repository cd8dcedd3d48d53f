package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinePrintsTest {
  @Test
  void ofManyLinesSomeAreCompared() {
    for (Level level : Level.values()) {
      LinePrints prints = new LinePrints(level);
      addLines(prints, 0, 300_000);
      prints.compare();
      addLines(prints, 100_000, 110_000);
      assertThat(prints.summary()).matches("([0-9,]+) of \\1 different lines that were compared");
      addLines(prints, 300_000, 320_000);
      assertThat(prints.summary()).isEmpty();
    }
  }

  private static void addLines(LinePrints prints, int from, int to) {
    for (int i = from; i < to; i++) {
      for (int token = 0; token < 32; token++) {
        prints.add(i >> token & 1);
      }
      prints.endLine();
    }
  }
}
