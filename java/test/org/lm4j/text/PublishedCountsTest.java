package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.text.token.CorpusStats;

/** Counts of well-known corpora, as the literature gives them. */
class PublishedCountsTest {
  @TempDir Path folder;

  @Test
  void pennTreebankHasItsPublishedTokensAndVocabulary() {
    Corpus corpus =
        words(
            TextFixtures.data("ptb-word/ptb.train.txt"),
            TextFixtures.data("ptb-word/ptb.valid.txt"));
    assertThat(corpus.vocabulary().size()).isEqualTo(10_000);
    assertThat(corpus.trainStats().text().tokens()).isEqualTo(929_589);
    assertThat(tokens(corpus.validStats())).isEqualTo(73_760);
    assertThat(tokens(encode(corpus, TextFixtures.data("ptb-word/ptb.test.txt"))))
        .isEqualTo(82_430);
  }

  @Test
  void pennTreebankHasNoUnknownTokenAlthoughItsTextContainsUnk() {
    Corpus corpus =
        words(
            TextFixtures.data("ptb-word/ptb.train.txt"),
            TextFixtures.data("ptb-word/ptb.valid.txt"));
    assertThat(Objects.requireNonNull(corpus.validStats()).text().oov()).isZero();
    assertThat(corpus.vocabulary().unknown()).isNotNegative();
  }

  @Test
  void wikiText2HasItsPublishedTokensAndVocabulary() {
    Corpus corpus =
        words(
            TextFixtures.data("wikitext-2/wiki.train.tokens.gz"),
            TextFixtures.data("wikitext-2/wiki.valid.tokens.gz"));
    assertThat(corpus.vocabulary().size()).isEqualTo(33_278);
    assertThat(corpus.trainStats().text().tokens()).isEqualTo(2_088_628);
    assertThat(tokens(corpus.validStats())).isEqualTo(217_646);
    assertThat(tokens(encode(corpus, TextFixtures.data("wikitext-2/wiki.test.tokens.gz"))))
        .isEqualTo(245_569);
  }

  @Test
  void tinyShakespeareHasItsPublishedCharactersAndVocabulary() {
    Path text = TextFixtures.data("tinyshakespeare/input.txt");
    CorpusSpec spec = CorpusSpec.of(Level.CHAR).withValidFraction(0.1);
    Corpus corpus =
        CorpusBuilder.build(spec, TextFixtures.files(text), null, folder, TextFixtures.QUIET);
    assertThat(corpus.vocabulary().size()).isEqualTo(65);
    assertThat(corpus.trainStats().text().tokens()).isEqualTo(1_003_854);
    assertThat(tokens(corpus.validStats())).isEqualTo(1_115_394 - 1_003_854);
  }

  private Corpus words(Path train, Path valid) {
    return CorpusBuilder.build(
        CorpusSpec.of(Level.WORD),
        TextFixtures.files(train),
        TextFixtures.files(valid),
        folder,
        TextFixtures.QUIET);
  }

  private CorpusStats encode(Corpus corpus, Path text) {
    return CorpusBuilder.encode(
        corpus.vocabulary(),
        TextFixtures.files(text),
        folder.resolve("test.tokens"),
        TextFixtures.QUIET);
  }

  private static long tokens(@Nullable CorpusStats stats) {
    return Objects.requireNonNull(stats).text().tokens();
  }
}
