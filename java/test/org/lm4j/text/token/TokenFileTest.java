package org.lm4j.text.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.InputException;
import org.lm4j.text.TextFixtures;

class TokenFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 255, 256, 257, 65_535, 65_536, 65_537, 1 << 20})
  void idsComeBackAtEachWidth(int vocabularySize) {
    Random random = new Random(vocabularySize);
    int[] ids = random.ints(50_000, 0, vocabularySize).toArray();
    ids[7] = vocabularySize - 1;
    Path file = TextFixtures.tokens(folder.resolve("x.tokens"), vocabularySize, ids);
    assertThat(TextFixtures.ids(file)).isEqualTo(ids);
    try (TokenFile tokens = TokenFile.open(file)) {
      assertThat(tokens.get(7)).isEqualTo(vocabularySize - 1);
      tokens.verify();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 65_536})
  void theCodeForUnknownTextReadsAsUnkAndIsDistinguished(int vocabularySize) {
    Path file = folder.resolve("x.tokens");
    TextCounts all = new TextCounts(3, 3, 3, 1);
    try (TokenFileWriter writer = new TokenFileWriter(file, vocabularySize, 5)) {
      writer.add(5);
      writer.add(vocabularySize);
      writer.add(vocabularySize - 1);
      writer.finish(new CorpusStats(all, all, 3));
    }
    assertThat(TextFixtures.ids(file)).containsExactly(5, 5, vocabularySize - 1);
    try (TokenFile tokens = TokenFile.open(file)) {
      assertThat(tokens.isOov(0)).isFalse();
      assertThat(tokens.isOov(1)).isTrue();
      assertThat(tokens.get(1)).isEqualTo(5);
      assertThat(tokens.isOov(2)).isFalse();
    }
  }

  @Test
  void theHashDependsOnTheTokens() {
    try (TokenFile a = TokenFile.open(TextFixtures.tokens(folder.resolve("a"), 9, 1, 2, 3));
        TokenFile b = TokenFile.open(TextFixtures.tokens(folder.resolve("b"), 9, 1, 2, 4))) {
      assertThat(a.hash()).hasSize(64).isNotEqualTo(b.hash());
    }
  }

  @Test
  void indicesOutsideAreRefusedAndNothingIsReadAfterClosing() {
    TokenFile tokens = TokenFile.open(TextFixtures.tokens(folder.resolve("a"), 9, 1, 2, 3));
    for (long index : new long[] {-1, 3, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThatThrownBy(() -> tokens.get(index)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> tokens.isOov(index)).isInstanceOf(IndexOutOfBoundsException.class);
    }
    assertThatThrownBy(() -> tokens.copy(1, 3, new int[9], 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tokens.copy(0, 3, new int[3], 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    tokens.close();
    tokens.close();
    assertThatThrownBy(() -> tokens.get(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void everyDamageToTheHeaderOrTheLengthIsRefusedWithTheFilesName() throws IOException {
    Path file = TextFixtures.tokens(folder.resolve("a.tokens"), 300, 1, 2, 299);
    byte[] good = Files.readAllBytes(file);
    for (int at = 0; at < TokenHeader.BYTES; at++) {
      byte[] bad = good.clone();
      bad[at] ^= 0x40;
      Files.write(file, bad);
      refused(file, "byte " + at);
    }
    for (int length = 0; length < good.length; length++) {
      Files.write(file, Arrays.copyOf(good, length));
      refused(file, "cut to " + length);
    }
    Files.write(file, Arrays.copyOf(good, good.length + 1));
    refused(file, "one byte more");
  }

  private static void refused(Path file, String what) {
    assertThatThrownBy(() -> TokenFile.open(file).close())
        .as(what)
        .isInstanceOf(InputException.class)
        .hasMessageContaining("a.tokens");
  }

  @Test
  void aDamagedTokenIsFoundByVerifyAndNeverReadAsAnIdOutsideTheVocabulary() throws IOException {
    Path file = TextFixtures.tokens(folder.resolve("a.tokens"), 300, 1, 2, 299);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] = 0x7F;
    Files.write(file, bytes);
    try (TokenFile tokens = TokenFile.open(file)) {
      assertThatThrownBy(tokens::verify)
          .isInstanceOf(InputException.class)
          .hasMessageContaining("a.tokens is damaged");
      assertThatThrownBy(() -> tokens.get(2))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("token 2");
    }
  }

  @Test
  void aFileCutShortWhileItIsOpenIsNamed() throws IOException {
    Path file = TextFixtures.tokens(folder.resolve("a.tokens"), 300, new int[100_000]);
    try (TokenFile tokens = TokenFile.open(file)) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(128);
      }
      for (ThrowableAssert.ThrowingCallable reading :
          List.<ThrowableAssert.ThrowingCallable>of(
              () -> tokens.get(90_000),
              () -> tokens.isOov(90_000),
              () -> tokens.copy(80_000, 9_000, new int[9_000], 0),
              tokens::verify)) {
        assertThatThrownBy(reading)
            .isInstanceOf(UncheckedIOException.class)
            .hasMessageStartingWith("cannot read " + file + ": it was cut short");
      }
    }
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> TokenFile.open(folder.resolve("gone.tokens")))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("gone.tokens does not exist");
  }
}
