package org.lm4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Exceptions name parameters for programs, and options for the command line. */
class InputExceptionTest {
  @Test
  void aMessageNamesParametersInTheReadersTerms() {
    InputException e =
        InputException.naming(
            "{validFraction} 2 of a.txt leaves nothing; make {validFraction} or {minCount} smaller");
    assertThat(e)
        .hasMessage(
            "validFraction 2 of a.txt leaves nothing; make validFraction or minCount smaller");
    assertThat(e.parameters()).containsExactly("validFraction", "minCount");
    assertThat(e.message(name -> "<$" + name + ">"))
        .isEqualTo(
            "<$validFraction> 2 of a.txt leaves nothing; make <$validFraction> or <$minCount> smaller");
    Exception cause = new IllegalStateException();
    assertThat(InputException.naming("{x}", cause)).hasMessage("x").hasCause(cause);
  }

  @Test
  void otherMessagesStayAsTheyAre() {
    InputException e = new InputException("a folder named {batch}");
    assertThat(e).hasMessage("a folder named {batch}");
    assertThat(e.parameters()).isEmpty();
    assertThat(e.message(name -> "--" + name)).isEqualTo("a folder named {batch}");
  }
}
