package org.lm4j.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.text.token.CorpusStats;
import org.lm4j.text.token.TextCounts;
import org.lm4j.text.token.TokenFile;

/** At word level too, the tokens cover the text as it is: every byte and every character. */
class WordExtentTest {
  @TempDir private Path folder;

  private Corpus build(CorpusSpec spec, Sources text) {
    return CorpusBuilder.build(spec, text, null, folder, TextFixtures.QUIET);
  }

  private static void assertCovers(TextCounts counts, String text) {
    assertThat(counts.bytes()).as(text).isEqualTo(text.getBytes(UTF_8).length);
    assertThat(counts.characters()).as(text).isEqualTo(text.codePointCount(0, text.length()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "the cat\nsat\n",
        "    if (x)  {\n        y = 1;\n    }\n\n",
        "\tx\t\ty",
        "a",
        "\n",
        "\n\n  \n",
        "  ",
        "a\r\nb\r\n\r\n",
        "a\rb\r",
        "a \r\n",
        "ä\u3000\u3000😀 \u00a0\n\u2028x",
        "<eos> a <eos>\n<eos>\nb<eos>",
        "a  "
      })
  void everyByteAndCharacterIsCovered(String text) {
    assertCovers(
        build(CorpusSpec.of(Level.WORD), TextFixtures.text(text)).trainStats().text(), text);
  }

  @Test
  void randomTextsAndTheirParts() {
    Random random = new Random(6);
    List<String> parts =
        List.of("a", "bé", " ", "  ", "\n", "\r\n", "\t", "<eos>", "\u3000", "😀x");
    for (int trial = 0; trial < 100; trial++) {
      StringBuilder text = new StringBuilder("first second");
      for (int i = random.nextInt(40); i >= 0; i--) {
        text.append(parts.get(random.nextInt(parts.size())));
      }
      CorpusSpec halves = CorpusSpec.of(Level.WORD).withValidFraction(0.5);
      Corpus corpus = build(halves, TextFixtures.text(text.toString()));
      CorpusStats valid = Objects.requireNonNull(corpus.validStats());
      CorpusStats train = corpus.trainStats();
      assertCovers(
          new TextCounts(
              0,
              train.text().characters() + valid.text().characters(),
              train.text().bytes() + valid.text().bytes(),
              0),
          text.toString());
    }
  }

  @Test
  void theFirstTokenIsNotATarget() {
    CorpusStats stats =
        build(CorpusSpec.of(Level.WORD), TextFixtures.text("  if  x\n")).trainStats();
    assertThat(stats.text()).isEqualTo(new TextCounts(3, 8, 8, 0));
    // "  if " is the first token's: one more space, x and the line end are left.
    assertThat(stats.targets()).isEqualTo(new TextCounts(2, 3, 3, 0));
  }

  @Test
  void filesAreCoveredAsTheyAreAndMarksAreNot() {
    TextFixtures.write(folder.resolve("texts/1"), "\uFEFFa b");
    TextFixtures.write(folder.resolve("texts/2"), "  c\r\n");
    Sources both = TextFixtures.files(folder.resolve("texts"));
    for (Level level : List.of(Level.WORD, Level.CHAR)) {
      TextCounts counts = build(CorpusSpec.of(level), both).trainStats().text();
      assertThat(counts.bytes()).as(level.label()).isEqualTo(8);
      assertThat(counts.characters()).as(level.label()).isEqualTo(8);
    }
  }

  /** Tests that words missing from a vocabulary without {@code <unk>} are skipped and counted. */
  @Test
  void unknownCharactersAreSkipped() {
    Vocabulary vocabulary = Vocabulary.of(Level.CHAR, List.of("a", "b"));
    try (TokenFile tokens =
        CorpusBuilder.encode(vocabulary, TextFixtures.text("éaxb€aé"), TextFixtures.QUIET)) {
      assertThat(tokens.size()).isEqualTo(3);
      assertThat(List.of(tokens.get(0), tokens.get(1), tokens.get(2))).containsExactly(0, 1, 0);
      assertThat(tokens.isOov(1)).isFalse();
      assertThat(tokens.stats().text()).isEqualTo(new TextCounts(3, 7, 11, 4));
      // After the first token that is known: x b € a é.
      assertThat(tokens.stats().targets()).isEqualTo(new TextCounts(2, 5, 8, 3));
    }
  }
}
