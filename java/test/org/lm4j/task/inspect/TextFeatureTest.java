package org.lm4j.task.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/** Tests what is true of each place of a text, by hand. */
@SuppressWarnings("EnumOrdinal") // the order of the rows
class TextFeatureTest {
  private static int[] chars(String text, TextFeature feature) {
    List<String> letters = text.codePoints().distinct().mapToObj(Character::toString).toList();
    return values(EncodedText.of(Vocabulary.of(Level.CHAR, letters), text), feature);
  }

  private static int[] words(String text, TextFeature feature) {
    List<String> known =
        Stream.concat(Stream.of("<eos>"), Arrays.stream(text.strip().split("\\s+")))
            .distinct()
            .toList();
    return values(EncodedText.of(Vocabulary.of(Level.WORD, known), text), feature);
  }

  private static int[] values(EncodedText text, TextFeature feature) {
    double[] values = TextFeature.of(text, (int) text.size())[feature.ordinal()];
    return Arrays.stream(values).mapToInt(value -> (int) value).toArray();
  }

  @Test
  void placesOfCharacters() {
    assertThat(chars("ab c\nd", TextFeature.LINE_POSITION)).containsExactly(1, 2, 3, 4, 0, 1);
    assertThat(chars("ab c\nd", TextFeature.WORD_POSITION)).containsExactly(1, 2, 0, 1, 0, 1);
    assertThat(chars("ab c\nd", TextFeature.TEXT_POSITION)).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(chars("  a b\n\tc", TextFeature.INDENTATION))
        .containsExactly(1, 2, 2, 2, 2, 0, 1, 1);
    assertThat(chars("a \n\tb", TextFeature.NEWLINE)).containsExactly(0, 0, 1, 0, 0);
    assertThat(chars("a \n\tb", TextFeature.SPACE)).containsExactly(0, 1, 0, 1, 0);
  }

  @Test
  void bracketsAndQuotationMarks() {
    assertThat(chars("a(b[c]))(", TextFeature.BRACKETS)).containsExactly(0, 1, 1, 2, 2, 1, 0, 0, 1);
    assertThat(chars("a\"b\"c", TextFeature.QUOTES)).containsExactly(0, 1, 1, 0, 0);
    assertThat(chars("“a”b", TextFeature.QUOTES)).containsExactly(1, 1, 0, 0);
    assertThat(chars("\"a\n\nb", TextFeature.QUOTES)).containsExactly(1, 1, 1, 0, 0);
    assertThat(words("`` he said '' it 's\n", TextFeature.QUOTES))
        .containsExactly(1, 1, 1, 0, 0, 0, 0);
  }

  @Test
  void kindsOfTokens() {
    assertThat(chars("Aé1-", TextFeature.CAPITAL)).containsExactly(1, 0, 0, 0);
    assertThat(chars("Aé1-", TextFeature.DIGIT)).containsExactly(0, 0, 1, 0);
    assertThat(chars("Aé1-", TextFeature.PUNCTUATION)).containsExactly(0, 0, 0, 1);
    assertThat(words("The 12th , 'Tis x\n", TextFeature.CAPITAL)).containsExactly(1, 0, 0, 1, 0, 0);
    assertThat(words("The 12th , 'Tis x\n", TextFeature.DIGIT)).containsExactly(0, 1, 0, 0, 0, 0);
    assertThat(words("The 12th , 'Tis x\n", TextFeature.PUNCTUATION))
        .containsExactly(0, 0, 1, 0, 0, 0);
    assertThat(words("a b\nc", TextFeature.LINE_POSITION)).containsExactly(1, 2, 0, 1, 0);
    assertThat(words("a b\nc", TextFeature.NEWLINE)).containsExactly(0, 0, 1, 0, 1);
  }
}
