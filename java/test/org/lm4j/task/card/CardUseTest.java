package org.lm4j.task.card;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.lm4j.model.ModelKind;

/** The examples of a card, for folders of any name. */
class CardUseTest {
  @Test
  void theNameOfTheFolderIsQuoted() {
    String examples = CardUse.of(ModelKind.LANGUAGE_MODEL).examples("the cat's \"mat\" \\1");
    assertThat(examples)
        .contains("lm serve --model 'the cat'\\''s \"mat\" \\1'\n")
        .contains("Path.of(\"the cat's \\\"mat\\\" \\\\1\")");
    assertThat(CardUse.of(ModelKind.LANGUAGE_MODEL).examples("cats-2"))
        .contains("lm serve --model cats-2\n", "Path.of(\"cats-2\")");
  }
}
