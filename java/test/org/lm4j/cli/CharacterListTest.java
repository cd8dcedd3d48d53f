package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

class CharacterListTest {
  @TempDir private Path folder;

  @Test
  void infoListsTheCharactersThatAPromptMayHave() throws IOException {
    Path corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat\\\tsat é\n".repeat(80));
    Path model = folder.resolve("model");
    assertThat(train(corpus, model).code()).isZero();
    assertThat(output("info", model.toString()))
        .contains("characters   \\t \\n ' ' \\\\ a c e h s t é\n");
    Path words = folder.resolve("words");
    assertThat(train(corpus, words, "--level", "word").code()).isZero();
    assertThat(output("info", words.toString())).doesNotContain("characters");
  }

  @Test
  void whatCannotBeSeenIsWrittenAsItsNumber() {
    Vocabulary vocabulary =
        Vocabulary.of(
            Level.CHAR,
            List.of(Vocabulary.UNKNOWN, "\u3000", "\u0301", "\u001b", "\uD83D\uDE00", "b", "a"));
    assertThat(CharacterList.lines("x", vocabulary))
        .containsExactly("x \\u{1b} a b \\u{301} \\u{3000} \uD83D\uDE00");
  }

  @Test
  void manyAreWrappedAndCounted() {
    List<String> many =
        IntStream.range(0x4E00, 0x4E00 + 1600).mapToObj(Character::toString).toList();
    List<String> lines = CharacterList.lines("title", Vocabulary.of(Level.CHAR, many));
    assertThat(lines).allMatch(line -> line.length() <= 79).hasSizeBetween(13, 15);
    assertThat(lines.get(1)).startsWith("      \u4e25 ");
    assertThat(lines.getLast()).endsWith(" and 1,100 more");
  }
}
