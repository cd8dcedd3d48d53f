package org.lm4j.text.sentence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.InputException;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

class SentenceVocabularyTest {
  private static final List<List<String>> SENTENCES =
      List.of(List.of("a", "red", "cat"), List.of("a", "blue", "cat"), List.of("a", "dog"));

  @Test
  void putsFrequentWordsFirstAfterTheSpecialOnes() {
    assertThat(SentenceVocabulary.build(SENTENCES, 1).vocabulary().tokens())
        .containsExactly("<NULL>", "<START>", "<END>", "<UNK>", "a", "cat", "blue", "dog", "red");
    assertThat(SentenceVocabulary.build(SENTENCES, 2).vocabulary().tokens())
        .containsExactly("<NULL>", "<START>", "<END>", "<UNK>", "a", "cat");
  }

  @Test
  void encodesAndDecodes() {
    SentenceVocabulary words = SentenceVocabulary.build(SENTENCES, 2);
    assertThat(words.encode(List.of("a", "green", "cat"))).containsExactly(4, 3, 5);
    assertThat(words.decode(new int[] {4, 3, 5})).containsExactly("a", "<UNK>", "cat");
    assertThat(words.encode(List.of("<START>"))).containsExactly(SentenceVocabulary.START_ID);
  }

  @Test
  void refusesAnotherVocabulary() {
    Vocabulary other = Vocabulary.of(Level.WORD, List.of("a", "b", "c", "d", "e"));
    assertThatThrownBy(() -> SentenceVocabulary.of(other))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("must begin with <NULL>, <START>, <END>, <UNK>");
    SentenceVocabulary built = SentenceVocabulary.build(SENTENCES, 1);
    assertThat(SentenceVocabulary.of(built.vocabulary()).size()).isEqualTo(built.size());
  }
}
