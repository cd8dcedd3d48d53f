package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

class PreparationTest {
  /** Runs the preparation with errors reported, which the program ignores. */
  @Test
  void goesThroughWithoutAFailure() {
    assertThatCode(Preparation::write).doesNotThrowAnyException();
  }
}
