package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lm4j.text.TextFixtures.QUIET;
import static org.lm4j.text.TextFixtures.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.InputException;
import org.lm4j.text.subword.SubwordFixtures;
import org.lm4j.text.token.CorpusStats;
import org.lm4j.text.token.TokenFile;

/** Corpora, texts and lines at subword level. */
class SubwordTextTest {
  private static final String TEXT =
      String.join("\n", SubwordFixtures.lines().stream().map(SubwordTextTest::clean).toList());

  @TempDir Path folder;

  /** A text cannot have U+FEFF at its beginning and be the same as its line. */
  private static String clean(String line) {
    return line.replace("\uFEFF", "x");
  }

  static Stream<SubwordFixtures.Kind> kinds() {
    return SubwordFixtures.kinds().stream();
  }

  private static int[] ids(TokenFile tokens) {
    int[] ids = new int[Math.toIntExact(tokens.size())];
    tokens.copy(0, ids.length, ids, 0);
    return ids;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aStringAndAFileHaveTheSameTokensAndCounts(SubwordFixtures.Kind kind) {
    Vocabulary vocabulary = Vocabulary.of(kind.open());
    EncodedText encoded = EncodedText.of(vocabulary, TEXT);
    try (TokenFile file = CorpusBuilder.encode(vocabulary, text(TEXT), QUIET)) {
      int[] own = IntStream.range(0, (int) encoded.size()).map(encoded::get).toArray();
      assertThat(own).isEqualTo(ids(file));
      assertThat(encoded.stats()).isEqualTo(file.stats());
      for (int i = 0; i < own.length; i++) {
        assertThat(encoded.isOov(i)).isEqualTo(file.isOov(i));
      }
    }
    CorpusStats stats = encoded.stats();
    assertThat(stats.text().characters()).isEqualTo(TEXT.codePointCount(0, TEXT.length()));
    assertThat(stats.text().bytes()).isEqualTo(TEXT.getBytes(StandardCharsets.UTF_8).length);
    assertThat(stats.targets().tokens()).isEqualTo(encoded.size() - 1);
    assertThat(stats.targets().bytes()).isBetween(1L, stats.text().bytes());
    assertThat(vocabulary.encode(TEXT))
        .isEqualTo(IntStream.range(0, (int) encoded.size()).map(encoded::get).toArray());
  }

  /** Each line of a text has the tokens that the library gives for the line with its end. */
  @ParameterizedTest
  @MethodSource("kinds")
  void linesHaveTheTokensOfTheLibrary(SubwordFixtures.Kind kind) {
    Vocabulary vocabulary = Vocabulary.of(kind.open());
    for (int i = 0; i < kind.ids().size(); i++) {
      EncodedLine line = EncodedLine.of(vocabulary, SubwordFixtures.lines().get(i));
      List<Integer> ids = IntStream.range(0, line.size()).map(line::id).boxed().toList();
      assertThat(ids).isEqualTo(kind.ids().get(i));
    }
  }

  @Test
  void tokensThatArePartsOfACharacterHaveItsPlaceAndShowTheirBytes() {
    Vocabulary vocabulary = Vocabulary.of(SubwordFixtures.kind("gpt-2").open());
    EncodedLine line = EncodedLine.of(vocabulary, "a \uD83E\uDD80\uD800b");
    assertThat(IntStream.range(0, line.size()).mapToObj(line::text))
        .containsExactly("a", " ", "\\xF0\\x9F", "\\xA6", "\\x80", "\uD800", "b");
    assertThat(line.start(4)).isEqualTo(2);
    assertThat(line.end(2)).isEqualTo(4);
    assertThat(line.id(5)).isEqualTo(vocabulary.id("?"));
    assertThat(vocabulary.text(vocabulary.id("Ġthe"))).isEqualTo(" the");
    assertThat(vocabulary.escaped(vocabulary.id("Ċ"))).isEqualTo("\\n");
    assertThat(vocabulary.lineEnd()).isEqualTo(vocabulary.id("Ċ"));
    assertThatThrownBy(() -> vocabulary.encode("\uD800")).isInstanceOf(InputException.class);
  }

  @Test
  void unknownTextIsCountedAndNamed() {
    Vocabulary bert = Vocabulary.of(SubwordFixtures.kind("bert-cased").open());
    EncodedText encoded = EncodedText.of(bert, "the 𐌰𐌱 theory");
    assertThat(encoded.stats().text().oov()).isEqualTo(1);
    assertThat(encoded.get(1)).isEqualTo(bert.unknown()).isEqualTo(bert.id("[UNK]"));
    assertThat(bert.unknownIn("the 𐌰𐌱 theory")).containsExactly("𐌰𐌱");
    EncodedLine line = EncodedLine.of(bert, "the 𐌰𐌱 theory");
    assertThat(line.known(1)).isFalse();
    assertThat(line.text(1)).isEqualTo("𐌰𐌱");
    assertThat(bert.lineEnd()).isEqualTo(-1);
    assertThat(bert.wordEnds()).isNull();
  }

  @Test
  void aLearnedVocabularyHoldsTheTextAndIsTheSameForALineAlone() {
    CorpusSpec spec = CorpusSpec.of(Level.SUBWORD).withVocabularySize(400).withValidFraction(0.2);
    Corpus corpus = CorpusBuilder.build(spec, text(TEXT), null, folder, QUIET);
    assertThat(corpus.vocabulary().size()).isEqualTo(400);
    List<Integer> all = new ArrayList<>();
    for (Path file : Arrays.asList(corpus.train(), corpus.valid())) {
      Arrays.stream(TextFixtures.ids(file)).forEach(all::add);
    }
    int[] ids = all.stream().mapToInt(id -> id).toArray();
    assertThat(Detokenizer.text(corpus.vocabulary(), ids)).isEqualTo(TEXT);
    List<Integer> byLine = new ArrayList<>();
    for (String line : TEXT.split("\n", -1)) {
      EncodedLine encoded = EncodedLine.of(corpus.vocabulary(), line);
      IntStream.range(0, encoded.size()).map(encoded::id).forEach(byLine::add);
      byLine.add(corpus.vocabulary().lineEnd());
    }
    byLine.removeLast();
    assertThat(all).isEqualTo(byLine);
    long bytes =
        corpus.trainStats().text().bytes()
            + java.util.Objects.requireNonNull(corpus.validStats()).text().bytes();
    assertThat(bytes).isEqualTo(TEXT.getBytes(StandardCharsets.UTF_8).length);
  }

  /** Merges are learned from the training part alone, so that validation text is new. */
  @Test
  void theValidationTextTeachesNoMerges() {
    CorpusSpec spec = CorpusSpec.of(Level.SUBWORD).withVocabularySize(300);
    Corpus alone = CorpusBuilder.build(spec, text("aab aab\n"), null, folder, QUIET);
    Corpus with =
        CorpusBuilder.build(
            spec, text("aab aab\n"), text("xyz xyz xyz\n"), folder.resolve("with"), QUIET);
    assertThat(with.vocabulary().tokens()).isEqualTo(alone.vocabulary().tokens());
    assertThat(with.vocabulary().tokens()).contains("Ġaab").doesNotContain("xyz");
  }

  @Test
  void filesWithoutALineEndAreNotJoined() {
    Path one = TextFixtures.write(folder.resolve("1.txt"), "ab");
    Path two = TextFixtures.write(folder.resolve("2.txt"), "cd\n");
    Vocabulary vocabulary = Vocabulary.of(SubwordFixtures.kind("gpt-2").open());
    try (TokenFile file = CorpusBuilder.encode(vocabulary, TextFixtures.files(one, two), QUIET)) {
      assertThat(Detokenizer.text(vocabulary, ids(file))).isEqualTo("ab\ncd\n");
      assertThat(file.stats().text().bytes()).isEqualTo(5);
    }
    Corpus learned =
        CorpusBuilder.build(
            CorpusSpec.of(Level.SUBWORD).withVocabularySize(256),
            TextFixtures.files(one, two),
            null,
            folder.resolve("m"),
            QUIET);
    assertThat(Detokenizer.text(learned.vocabulary(), TextFixtures.ids(learned.train())))
        .isEqualTo("ab\ncd\n");
  }

  @Test
  void longLinesAreCutWithoutLoss() {
    Random random = new Random(3);
    StringBuilder text = new StringBuilder();
    while (text.length() < 5 * SubwordLines.LONGEST) {
      text.append("ab 𝄞".charAt(random.nextInt(3)));
      if (random.nextInt(100) == 0) {
        text.append("𝄞");
      }
    }
    text.append("x".repeat(3 * SubwordLines.LONGEST)).append("\n\nend");
    List<String> lines = new ArrayList<>();
    SubwordLines.each(
        text.toString(),
        (line, offset) -> {
          assertThat(offset).isEqualTo(lines.stream().mapToInt(String::length).sum());
          lines.add(line);
        });
    assertThat(String.join("", lines)).isEqualTo(text.toString());
    assertThat(lines).allMatch(line -> line.length() <= 2 * SubwordLines.LONGEST + 2);
    assertThat(lines.getLast()).isEqualTo("end");
    assertThat(lines.get(1)).startsWith(" ");
  }

  @Test
  void sizesBelowTheBytesAreRefused() {
    assertThatThrownBy(() -> CorpusSpec.of(Level.SUBWORD).withVocabularySize(255))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("at least 256");
  }
}
