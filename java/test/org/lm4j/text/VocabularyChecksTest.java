package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Tokens that no text is cut into. */
class VocabularyChecksTest {
  private static List<String> findings(String... tokens) {
    return VocabularyChecks.findings(Vocabulary.of(Level.WORD, List.of(tokens)));
  }

  @Test
  void ordinaryVocabulariesHaveNone() {
    assertThat(findings("<eos>", "<unk>", "the", "#hashtag", "##", "e@x.org")).isEmpty();
    assertThat(VocabularyChecks.findings(Vocabulary.bytes())).isEmpty();
    assertThat(VocabularyChecks.findings(Vocabulary.of(Level.CHAR, List.of("a", "\u2581"))))
        .isEmpty();
  }

  @Test
  void aMissingLineEndIsFound() {
    assertThat(findings("<unk>", "the")).singleElement().asString().contains("<eos>", "line end");
  }

  @Test
  void whiteSpaceInsideIsFound() {
    assertThat(findings("<eos>", "New York", "a\u00a0b", "the\t5"))
        .singleElement()
        .asString()
        .contains("3 of 4 tokens", "white space", "'New York'", "'the\\t5'");
  }

  @Test
  void marksOfSubwordsAreFound() {
    for (String[] marks :
        new String[][] {
          {"\u2581the", "\u2581cat"},
          {"\u0120the", "\u0120cat"},
          {"##s", "##ing"},
          {"th@@", "ca@@"},
          {"the</w>", "cat</w>"}
        }) {
      assertThat(findings("<eos>", "s", marks[0], marks[1]))
          .singleElement()
          .asString()
          .contains("2 of 4 tokens", "pieces of words", marks[0]);
    }
  }
}
