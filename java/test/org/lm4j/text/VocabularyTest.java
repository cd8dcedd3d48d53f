package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.InputException;

class VocabularyTest {
  private static final Vocabulary CHARS = Vocabulary.of(Level.CHAR, List.of("\n", "a", "b", "😀"));
  private static final Vocabulary WORDS =
      Vocabulary.of(Level.WORD, List.of("the", "<eos>", "cat", "<unk>"));

  @ParameterizedTest
  @EnumSource
  void levelsAreFoundByTheirLabels(Level level) {
    assertThat(Level.of(level.label())).isEqualTo(level);
  }

  @Test
  void anUnknownLevelIsRefused() {
    assertThatThrownBy(() -> Level.of("words"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'words'")
        .hasMessageContaining("char, byte, word or subword");
  }

  @Test
  void charactersOutsideTheBasicPlaneAreOneToken() {
    assertThat(CHARS.encode("a😀b")).containsExactly(1, 3, 2);
    assertThat(Detokenizer.text(CHARS, new int[] {3, 3})).isEqualTo("😀😀");
  }

  @Test
  void anUnknownCharacterOfAPromptIsNamed() {
    assertThatThrownBy(() -> CHARS.encode("abé"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'é' U+00E9");
    assertThatThrownBy(() -> CHARS.encode("a\uD83D"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("U+D83D");
  }

  @Test
  void aWordPromptTurnsNewlinesIntoEosAndReportsUnknownWords() {
    assertThat(WORDS.encode("the  dog\nthe\u00A0cat")).containsExactly(0, 3, 1, 0, 2);
    assertThat(WORDS.encode("\n\n")).containsExactly(1, 1);
    assertThat(WORDS.unknownIn("dog the dog bird\n<unk>")).containsExactly("dog", "bird");
    assertThat(WORDS.endOfSentence()).isEqualTo(1);
    assertThat(WORDS.unknown()).isEqualTo(3);
  }

  @Test
  void anUnknownWordWithoutUnkIsNamed() {
    Vocabulary closed = Vocabulary.of(Level.WORD, List.of("the", "<eos>"));
    assertThatThrownBy(() -> closed.encode("the dog"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'dog'");
  }

  @Test
  void bytesAreTheUtf8OfAPromptAndComeBack() {
    Vocabulary bytes = Vocabulary.bytes();
    assertThat(bytes.size()).isEqualTo(256);
    assertThat(bytes.encode("é")).containsExactly(0xC3, 0xA9);
    int[] all = IntStream.range(0, 256).toArray();
    byte[] out = Detokenizer.bytes(bytes, all);
    for (int i = 0; i < 256; i++) {
      assertThat(out[i] & 0xFF).isEqualTo(i);
    }
    assertThatThrownBy(() -> bytes.encode("\uDC00"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("half a surrogate pair");
  }

  @Test
  void wordsAreJoinedBySingleSpacesAsTheyCome() {
    Detokenizer detokenizer = new Detokenizer(WORDS);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int id : new int[] {0, 2, 1, 1, 2, 0}) {
      out.writeBytes(detokenizer.next(id));
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("the cat\n\ncat the");
  }

  @Test
  void escapedTokensArePrintableAndInOneLine() {
    Vocabulary odd =
        Vocabulary.of(Level.CHAR, List.of("\n", "\t", "\\", "\u0007", "\u2028", "é", "\u200B"));
    assertThat(IntStream.range(0, odd.size()).mapToObj(odd::escaped))
        .containsExactly("\\n", "\\t", "\\\\", "\\u{7}", "\\u{2028}", "é", "\\u{200b}");
    Vocabulary bytes = Vocabulary.bytes();
    assertThat(bytes.escaped(0xE9)).isEqualTo("\\xE9");
    assertThat(bytes.escaped('A')).isEqualTo("A");
    assertThat(bytes.escaped(0)).isEqualTo("\\x00");
    assertThat(bytes.escaped('\n')).isEqualTo("\\n");
    assertThat(bytes.escaped('\\')).isEqualTo("\\\\");
  }

  @Test
  void unsuitableTokensAreRefused() {
    refused(Level.CHAR, List.of(), "is empty");
    refused(Level.CHAR, List.of("a", ""), "at 1 of the vocabulary is empty");
    refused(Level.WORD, List.of("a", "b", "a"), "'a' twice, at 0 and at 2");
    refused(Level.CHAR, List.of("a", "bc"), "'bc' at 1 of the vocabulary is not one character");
    refused(Level.CHAR, List.of("\uD83D"), "half a surrogate pair");
    refused(Level.BYTE, List.of("a"), "not the 256 bytes");
  }

  @Test
  void whitespaceIsWhatPythonSplitsAt() {
    // [c for c in range(0x110000) if chr(c).isspace()]
    int[] python = {
      9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 133, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197,
      8198, 8199, 8200, 8201, 8202, 8232, 8233, 8239, 8287, 12288
    };
    assertThat(
            IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(WordSplitter::isWhitespace)
                .toArray())
        .isEqualTo(python);
  }

  private static void refused(Level level, List<String> tokens, String why) {
    assertThatThrownBy(() -> Vocabulary.of(level, tokens))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(why);
  }
}
