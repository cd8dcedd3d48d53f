package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

class PreparationTest {
  /** In the program nobody would hear of it. */
  @Test
  void goesThroughWithoutAFailure() {
    assertThatCode(Preparation::write).doesNotThrowAnyException();
  }
}
