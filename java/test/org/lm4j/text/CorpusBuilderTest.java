package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.Need;
import org.lm4j.text.source.Escapes;
import org.lm4j.text.token.CorpusStats;
import org.lm4j.text.token.TextCounts;
import org.lm4j.text.token.TokenFile;

class CorpusBuilderTest {
  @TempDir Path folder;

  @Test
  void anyUnicodeComesBackAtCharAndByteLevel() {
    Random random = new Random(21);
    for (int trial = 0; trial < 30; trial++) {
      String text =
          random
              .ints(1 + random.nextInt(70_000), 1, 0x3_0000)
              .filter(c -> (c < 0xD800 || c > 0xDFFF) && c != 0xFEFF)
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
              .toString();
      assertThat(text).isNotEmpty();
      for (Level level : List.of(Level.CHAR, Level.BYTE)) {
        Corpus corpus = build(CorpusSpec.of(level), TextFixtures.text(text));
        assertThat(Detokenizer.text(corpus.vocabulary(), TextFixtures.ids(corpus.train())))
            .as("seed 21, trial %d, %s", trial, level)
            .isEqualTo(text);
        TextCounts counts = corpus.trainStats().text();
        assertThat(counts.characters()).isEqualTo(text.codePointCount(0, text.length()));
        assertThat(counts.bytes()).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
      }
    }
  }

  @Test
  void charactersAreOrderedByCodePointAndMarksAtTheStartOfAFileAreDropped() {
    Corpus corpus = build(CorpusSpec.of(Level.CHAR), TextFixtures.text("\uFEFFb😀a\r\nb\uFEFF"));
    assertThat(corpus.vocabulary().tokens()).containsExactly("\n", "\r", "a", "b", "\uFEFF", "😀");
    assertThat(TextFixtures.ids(corpus.train())).containsExactly(3, 5, 2, 1, 0, 3, 4);
  }

  @Test
  void wordsAreOrderedByCountThenFirstAppearanceAndEachLineEnds() {
    Corpus corpus = build(CorpusSpec.of(Level.WORD), TextFixtures.text("b a\u3000b\r\n\nc  a"));
    assertThat(corpus.vocabulary().tokens()).containsExactly("<eos>", "b", "a", "c", "<unk>");
    assertThat(TextFixtures.ids(corpus.train())).containsExactly(1, 2, 1, 0, 0, 3, 2, 0);
    CorpusStats stats = corpus.trainStats();
    assertThat(stats.types()).isEqualTo(4);
    assertThat(stats.text()).isEqualTo(new TextCounts(8, 12, 14, 0));
    assertThat(stats.targets()).isEqualTo(new TextCounts(7, 10, 12, 0));
  }

  @Test
  void unknownWordsHaveThePlaceOfTheirFrequencyIfWanted() {
    // a 4 times, b 3, <unk> itself once, c and d once each, three line ends.
    String text = "a a b c\na b b\na d <unk>\n";
    CorpusSpec spec = CorpusSpec.of(Level.WORD).withMinCount(2);
    assertThat(build(spec, TextFixtures.text(text)).vocabulary().tokens())
        .containsExactly("a", "b", "<eos>", "<unk>");
    String more = text + "e f g\n"; // now six are unknown
    assertThat(build(spec, TextFixtures.text(more)).vocabulary().tokens())
        .containsExactly("a", "<eos>", "b", "<unk>");
    assertThat(build(spec.withUnknownByCount(), TextFixtures.text(more)).vocabulary().tokens())
        .containsExactly("<unk>", "a", "<eos>", "b");
    assertThat(
            build(
                    CorpusSpec.of(Level.WORD).withVocabularySize(4).withUnknownByCount(),
                    TextFixtures.text("a a a a b b b b x y z\n"))
                .vocabulary()
                .tokens())
        .containsExactly("a", "b", "<unk>", "<eos>");
  }

  @Test
  void minimumCountAndSizeCutTheRarestAndCountThemAsOutOfVocabulary() {
    Corpus rare = build(CorpusSpec.of(Level.CHAR).withMinCount(2), TextFixtures.text("aabbbc"));
    assertThat(rare.vocabulary().tokens()).containsExactly("a", "b", "<unk>");
    assertThat(rare.trainStats().text().oov()).isEqualTo(1);
    Corpus small =
        build(CorpusSpec.of(Level.CHAR).withVocabularySize(2), TextFixtures.text("aabbbc"));
    assertThat(small.vocabulary().tokens()).containsExactly("b", "<unk>");
    Corpus fits =
        build(CorpusSpec.of(Level.CHAR).withVocabularySize(3), TextFixtures.text("aabbbc"));
    assertThat(fits.vocabulary().tokens()).containsExactly("a", "b", "c");
    Corpus words =
        build(CorpusSpec.of(Level.WORD).withVocabularySize(3), TextFixtures.text("a a b b b c\n"));
    assertThat(words.vocabulary().tokens()).containsExactly("b", "<eos>", "<unk>");
    assertThat(words.trainStats().text().oov()).isEqualTo(3);
  }

  @Test
  void unkWrittenInTheTextIsNotOutOfVocabulary() {
    Corpus corpus =
        CorpusBuilder.build(
            CorpusSpec.of(Level.WORD),
            TextFixtures.text("a <unk>\n"),
            TextFixtures.files(TextFixtures.write(folder.resolve("v"), "<unk> b a\n")),
            folder,
            TextFixtures.QUIET);
    assertThat(Objects.requireNonNull(corpus.validStats()).text().oov()).isEqualTo(1);
    try (TokenFile valid = TokenFile.open(folder.resolve("valid.tokens"))) {
      assertThat(valid.get(0)).isEqualTo(valid.get(1)).isEqualTo(corpus.vocabulary().unknown());
      assertThat(valid.isOov(0)).isFalse();
      assertThat(valid.isOov(1)).isTrue();
    }
  }

  @Test
  void theVocabularyIsMadeFromTheTrainingPartAlone() {
    CorpusSpec spec = CorpusSpec.of(Level.CHAR).withValidFraction(0.4);
    Corpus corpus = build(spec, TextFixtures.text("abcabcxyab"));
    assertThat(corpus.vocabulary().tokens()).containsExactly("a", "b", "c", "<unk>");
    assertThat(TextFixtures.ids(corpus.train())).containsExactly(0, 1, 2, 0, 1, 2);
    assertThat(TextFixtures.ids(Objects.requireNonNull(corpus.valid())))
        .containsExactly(3, 3, 0, 1);
    assertThat(Objects.requireNonNull(corpus.validStats()).text())
        .isEqualTo(new TextCounts(4, 4, 4, 2));
  }

  @Test
  void aByteBelongsToACharacterThatItCompletesOrIsOneItself() {
    byte[] odd = {(byte) 0xC3, (byte) 0xA9, 'a', (byte) 0x80, (byte) 0xE2, (byte) 0x82};
    CorpusStats stats = build(CorpusSpec.of(Level.BYTE), TextFixtures.bytes(odd)).trainStats();
    assertThat(stats.text()).isEqualTo(new TextCounts(6, 5, 6, 0));
    assertThat(stats.targets()).isEqualTo(new TextCounts(5, 5, 5, 0));
    byte[] stray = {(byte) 0xE2, (byte) 0x82, 'a'};
    stats = build(CorpusSpec.of(Level.BYTE), TextFixtures.bytes(stray)).trainStats();
    assertThat(stats.text().characters()).isEqualTo(3);
    assertThat(stats.targets().characters()).isEqualTo(2);
  }

  @Test
  void theOffsetOfABadByteIsRightAcrossBuffersAndNoFileRemains() {
    for (int offset : new int[] {0, 1, 65_533, 65_534, 65_535, 65_536, 65_537, 200_000}) {
      for (byte[] bad : new byte[][] {{(byte) 0xFF}, {(byte) 0xE2, (byte) 0x82}}) {
        byte[] text = ("a".repeat(offset) + "xx").getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bad, 0, text, offset, bad.length);
        Path file = TextFixtures.write(folder.resolve("in/bad.txt"), text);
        assertThatThrownBy(() -> build(CorpusSpec.of(Level.CHAR), TextFixtures.files(file)))
            .isInstanceOf(InputException.class)
            .hasMessageContaining("bad.txt is not UTF-8")
            .hasMessageContaining("at byte offset " + offset + " ")
            .hasMessageContaining("level byte");
        assertThat(TextFixtures.names(folder.resolve("out"))).isEmpty();
      }
    }
  }

  @Test
  void illFormedSequencesAreRefusedAsTheUnicodeStandardSays() {
    byte[][] illFormed = {
      {(byte) 0xC0, (byte) 0x80}, // overlong
      {(byte) 0xE0, (byte) 0x9F, (byte) 0xBF}, // overlong
      {(byte) 0xF0, (byte) 0x8F, (byte) 0xBF, (byte) 0xBF}, // overlong
      {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, // surrogate
      {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80}, // above U+10FFFF
      {(byte) 0xE2, (byte) 0x82}, // cut short
      {(byte) 0x80} // no beginning
    };
    for (byte[] bytes : illFormed) {
      assertThatThrownBy(() -> build(CorpusSpec.of(Level.WORD), TextFixtures.bytes(bytes)))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("at byte offset 0 ");
    }
  }

  @Test
  void aNamedBinaryFileIsRefusedExceptAtByteLevel() {
    Path file = TextFixtures.write(folder.resolve("x.bin"), new byte[] {'a', 0, 'b'});
    assertThatThrownBy(() -> build(CorpusSpec.of(Level.CHAR), TextFixtures.files(file)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("x.bin is binary")
        .hasMessageContaining("level byte");
    Corpus corpus = build(CorpusSpec.of(Level.BYTE), TextFixtures.files(file));
    assertThat(TextFixtures.ids(corpus.train())).containsExactly('a', 0, 'b');
  }

  @Test
  void anEmptyTextIsRefusedByName() {
    Path file = TextFixtures.write(folder.resolve("empty.txt"), "");
    assertThatThrownBy(() -> build(CorpusSpec.of(Level.WORD), TextFixtures.files(file)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("The text is empty")
        .hasMessageContaining("empty.txt");
  }

  @Test
  void aHeldBackPartWithoutTokensIsRefused() {
    CorpusSpec spec = CorpusSpec.of(Level.CHAR).withValidFraction(0.9);
    assertThatThrownBy(() -> build(spec, TextFixtures.text("abc")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("validFraction 0.9 of 3 tokens leaves 0 for training");
  }

  @Test
  void aClosedVocabularyRefusesWhatItLacksByFileAndOffset() {
    Vocabulary closed = Vocabulary.of(Level.CHAR, List.of("a", "é"));
    Path file = TextFixtures.write(folder.resolve("text.txt"), "aéaβ");
    assertThatThrownBy(() -> encode(closed, file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("text.txt has the character 'β' U+03B2 at byte offset 4");
    Vocabulary open = Vocabulary.of(Level.CHAR, List.of("a", "é", "<unk>"));
    assertThat(encode(open, file).text()).isEqualTo(new TextCounts(4, 4, 6, 1));
    assertThat(TextFixtures.ids(folder.resolve("e.tokens"))).containsExactly(0, 1, 0, 2);
  }

  @Test
  void aGivenVocabularyIsKeptWhenACorpusIsSplit() {
    Vocabulary words = Vocabulary.of(Level.WORD, List.of("z", "<unk>", "<eos>", "a"));
    Corpus corpus =
        build(CorpusSpec.of(words).withValidFraction(0.5), TextFixtures.text("a b\nz a"));
    assertThat(corpus.vocabulary()).isSameAs(words);
    assertThat(TextFixtures.ids(corpus.train())).containsExactly(3, 1, 2);
    assertThat(TextFixtures.ids(Objects.requireNonNull(corpus.valid()))).containsExactly(0, 3, 2);
    assertThat(corpus.trainStats().text().oov()).isEqualTo(1);
  }

  @Test
  void onlyResultsRemainAndAnEarlierValidationPartIsRemoved() {
    CorpusSpec spec = CorpusSpec.of(Level.WORD).withValidFraction(0.5);
    build(spec, TextFixtures.text("a b c d"));
    assertThat(TextFixtures.names(folder.resolve("out")))
        .containsExactly("train.tokens", "valid.tokens");
    build(CorpusSpec.of(Level.WORD), TextFixtures.text("a b c d"));
    assertThat(TextFixtures.names(folder.resolve("out"))).containsExactly("train.tokens");
  }

  @Test
  void aFullDiskIsAnErrorThatNamesTheFileAndLeavesNoFiles() throws IOException {
    Path full = Path.of("/dev/full");
    Need.DEVICES.check(Files.exists(full), "needs /dev/full");
    String temporary = "train.tokens.tmp";
    Files.createDirectories(folder.resolve("out"));
    Files.createSymbolicLink(folder.resolve("out").resolve(temporary), full);
    assertThatThrownBy(() -> build(CorpusSpec.of(Level.CHAR), TextFixtures.text("abc")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(temporary)
        .hasMessageContaining("No space left");
    assertThat(TextFixtures.names(folder.resolve("out"))).isEmpty();
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    CorpusSpec spec = CorpusSpec.of(Level.CHAR);
    assertThatThrownBy(() -> spec.withMinCount(0)).hasMessageContaining("minCount");
    assertThatThrownBy(() -> spec.withVocabularySize(-1)).hasMessageContaining("vocabularySize");
    for (double fraction : new double[] {-0.1, 1, Double.NaN}) {
      assertThatThrownBy(() -> spec.withValidFraction(fraction))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("validFraction");
    }
    assertThatThrownBy(() -> build(spec.withVocabularySize(1), TextFixtures.text("ab")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("vocabularySize 1");
  }

  @Test
  void anEndlessRunWithoutWhitespaceIsNotAWord() {
    String endless = "x".repeat(WordSplitter.LONGEST + 1);
    assertThatThrownBy(() -> build(CorpusSpec.of(Level.WORD), TextFixtures.text("a " + endless)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("at byte offset 2")
        .hasMessageContaining("level char");
  }

  @Test
  void linesEndAtLoneReturnsTooAsInPythonsTextMode() {
    String[] texts = {"a b\n\nc\n", "a b\r\rc\r", "a b\r\n\r\nc\r\n", "a b\r\n\rc"};
    for (String text : texts) {
      Corpus corpus = build(CorpusSpec.of(Level.WORD), TextFixtures.text(text));
      assertThat(Detokenizer.text(corpus.vocabulary(), TextFixtures.ids(corpus.train())))
          .as(Escapes.text(text))
          .isEqualTo("a b\n\nc\n");
    }
  }

  @Test
  void aTextThatEndsWithinALineIsNotJoinedToTheNext() {
    Path one = TextFixtures.write(folder.resolve("d/1"), "the cat");
    TextFixtures.write(folder.resolve("d/2"), "");
    TextFixtures.write(folder.resolve("d/3"), "sat\n");
    TextFixtures.write(folder.resolve("d/4"), "on");
    Sources all = TextFixtures.files(one.resolveSibling(""));
    for (Level level : Level.values()) {
      Corpus corpus = build(CorpusSpec.of(level), all);
      String end = level == Level.WORD ? "\n" : "";
      assertThat(Detokenizer.text(corpus.vocabulary(), TextFixtures.ids(corpus.train())))
          .as(level.label())
          .isEqualTo("the cat\nsat\non" + end);
      assertThat(corpus.trainStats().text().bytes()).as("as the text is").isEqualTo(13);
    }
    Vocabulary withoutLineEnd =
        build(CorpusSpec.of(Level.CHAR), TextFixtures.text("the catson")).vocabulary();
    assertThat(encode(withoutLineEnd, folder.resolve("d/1"), folder.resolve("d/4")).text().tokens())
        .isEqualTo(9);
  }

  @Test
  void aNulIsRefusedWhereverItStands() {
    for (int before : new int[] {0, 100, 8191, 8192, 100_000}) {
      for (Level level : List.of(Level.CHAR, Level.WORD)) {
        assertThatThrownBy(
                () ->
                    build(CorpusSpec.of(level), TextFixtures.text("a ".repeat(before / 2) + "\0b")))
            .isInstanceOf(InputException.class)
            .hasMessageContaining("is binary, not UTF-8 text")
            .hasMessageContaining("at byte offset " + before / 2 * 2);
      }
    }
  }

  @Test
  void scratchTokensHaveNoNameWhileTheyAreRead() throws IOException {
    Need.POSIX.check(
        FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
        "files lose their names while they are open on POSIX systems alone");
    Vocabulary vocabulary = build(CorpusSpec.of(Level.CHAR), TextFixtures.text("abc")).vocabulary();
    String before = System.getProperty("java.io.tmpdir");
    Path scratch = Files.createDirectory(folder.resolve("scratch"));
    System.setProperty("java.io.tmpdir", scratch.toString());
    try (TokenFile tokens =
        CorpusBuilder.encode(vocabulary, TextFixtures.text("cab"), TextFixtures.QUIET)) {
      assertThat(TextFixtures.names(scratch)).isEmpty();
      assertThat(tokens.path().getParent()).isEqualTo(scratch);
      assertThat(tokens.size()).isEqualTo(3);
      assertThat(tokens.get(0)).isEqualTo(2);
      assertThat(tokens.stats().text().bytes()).isEqualTo(3);
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
    assertThat(TextFixtures.names(folder.resolve("out"))).containsExactly("train.tokens");
  }

  private Corpus build(CorpusSpec spec, Sources sources) {
    return CorpusBuilder.build(spec, sources, null, folder.resolve("out"), TextFixtures.QUIET);
  }

  private CorpusStats encode(Vocabulary vocabulary, Path... text) {
    return CorpusBuilder.encode(
        vocabulary, TextFixtures.files(text), folder.resolve("e.tokens"), TextFixtures.QUIET);
  }
}
