package org.lm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.InputException;
import org.lm4j.Warnings;
import org.lm4j.task.embed.AnalogyQuestions;

/** Files of word vectors: of both formats, written elsewhere, and damaged. */
class VectorFilesTest {
  @TempDir private Path folder;

  private Path text(String content) throws IOException {
    return Files.writeString(folder.resolve("vectors.txt"), content);
  }

  /**
   * Returns a binary file as word2vec.c writes it, or with {@code lineEnds} false as gensim does.
   */
  private Path binary(String header, boolean lineEnds, Object... wordsAndVectors)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write((header + "\n").getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < wordsAndVectors.length; i += 2) {
      float[] vector = (float[]) wordsAndVectors[i + 1];
      bytes.write((wordsAndVectors[i] + " ").getBytes(StandardCharsets.UTF_8));
      ByteBuffer numbers = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
      for (float value : vector) {
        numbers.putFloat(value);
      }
      bytes.write(numbers.array());
      if (lineEnds) {
        bytes.write('\n');
      }
    }
    return Files.write(folder.resolve("vectors.bin"), bytes.toByteArray());
  }

  private static float[] row(VectorTable table, String word) {
    float[] vector = new float[table.dimension()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = table.get(table.row(word), i);
    }
    return vector;
  }

  @Test
  void aLineOfColumnNumbersIsNotAVector() throws IOException {
    for (String header : List.of("word 0 1 2", "\t0\t1\t2", "token 1 2 3", "Index\t0\t1\t2")) {
      VectorTable read = VectorFiles.read(text(header + "\na 1 2 4\nb 2 3 5\n"));
      assertThat(read.words()).as(header).containsExactly("a", "b");
      assertThat(read.dimension()).isEqualTo(3);
    }
    for (String first : List.of("a 1 2 3", "0 1 2 3")) {
      assertThat(VectorFiles.read(text(first + "\nb 2 3 4\n")).words()).hasSize(2);
    }
  }

  @Test
  void decimalNumbersAreReadAndWordsLikeJavasAreWords() throws IOException {
    VectorTable read = VectorFiles.read(text("1d +1 -.5 2.\n0x1p3 1e2 1E-1 1e+3\n"));
    assertThat(read.words()).containsExactly("1d", "0x1p3");
    assertThat(read.dimension()).isEqualTo(3);
    assertThat(read.get(0, 1)).isEqualTo(-0.5f);
    assertThat(read.get(1, 0)).isEqualTo(100f);
    // A word of two parts, the second of which only Java takes for a number.
    VectorTable parts = VectorFiles.read(text("size 1f 1 2\nb 1 2\n"));
    assertThat(parts.words()).containsExactly("size 1f", "b");
  }

  private static void assertRefused(Path file, String... words) {
    assertThatThrownBy(() -> VectorFiles.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContainingAll(words)
        .message()
        .hasLineCount(1);
  }

  @ParameterizedTest
  @EnumSource(VectorFiles.Format.class)
  void whatIsWrittenIsReadToTheLastBit(VectorFiles.Format format) {
    float[] values = {
      0.1f, -3e-39f, Float.MAX_VALUE, 1f, -0.0f, Float.MIN_VALUE, 1 / 3f, 7e-8f, 123456.78f
    };
    VectorTable table = new VectorTable(List.of("Wörter", "日本", "</s>"), 3, values);
    Path file = folder.resolve("out");
    VectorFiles.write(table, format, file);
    VectorTable read = VectorFiles.read(file);
    assertThat(read.words()).isEqualTo(table.words());
    for (int i = 0; i < values.length; i++) {
      assertThat(Float.floatToRawIntBits(read.get(i / 3, i % 3)))
          .isEqualTo(Float.floatToRawIntBits(values[i]));
    }
  }

  @Test
  void filesWrittenElsewhere() throws IOException {
    Path word2vec = text("2 3\n</s> 0.5 -1 2e-3 \nthe 1 2 3 \n"); // a space ends its lines
    assertThat(row(VectorFiles.read(word2vec), "</s>")).containsExactly(0.5f, -1f, 2e-3f);
    Path glove = text("the 0.5 1\n, 3 4\n"); // no first line of sizes
    assertThat(row(VectorFiles.read(glove), ",")).containsExactly(3, 4);
    for (boolean lineEnds : new boolean[] {true, false}) {
      Path file =
          binary("2 2", lineEnds, "the", new float[] {1, 2}, "größer", new float[] {10, -4});
      assertThat(VectorFiles.read(file).words()).containsExactly("the", "größer");
      assertThat(row(VectorFiles.read(file), "größer")).containsExactly(10, -4);
    }
  }

  @Test
  void damagedText() throws IOException {
    assertRefused(text("2 3\na 1 2 3\nb 1 2\n"), "line 3", "2 numbers", "3");
    assertRefused(text("a 1 2 3\nb 1 2\n"), "line 2", "2 numbers", "3");
    assertRefused(text("2 2\na 1 2\nb 1 NaN\n"), "line 3", "number 2", "'b'", "NaN");
    assertRefused(text("1 2\na 1 1e39\n"), "line 2", "Infinity");
    assertRefused(text("1 2\na 1 x\n"), "line 2", "'x'", "number 2");
    assertRefused(text("2 1\na 1\na NaN\n"), "line 3", "'a'", "NaN");
    assertRefused(text("1 1\na 1\na 2\n"), "line 3", "more after the 1 words");
    assertRefused(text("a 1 2\nb 1 2 3\n"), "line 2", "3 numbers", "2");
    assertRefused(text("2 2\na 1 2\nb 1 2 3\n"), "line 3", "3 numbers", "2");
    assertRefused(text("a 1 nan\n"), "line 1", "'nan'", "a finite number");
    assertRefused(text("a -inf 1\n"), "line 1", "'-inf'", "a finite number");
    assertRefused(text("2 2\na 1 2\nb 1 nan\n"), "line 3", "number 2", "'b'", "NaN");
    for (String java : new String[] {"1d", "1f", "0x1p3", "1e", "e5", ".", "+-1", "1.2.3", "١"}) {
      assertRefused(text("1 2\na 1 " + java + "\n"), "line 2", "'" + java + "'", "not a number");
    }
    assertRefused(text("a 1 x\n"), "line 1", "a word and its vector");
    assertRefused(text("a x 2\nb 1 2\n"), "line 2", "2 numbers", "1");
    assertRefused(text("3 1\na 1\nb 2\n"), "3 words", "there are 2");
    assertRefused(text("1 1\na 1\nb 2\n"), "line 3", "more after the 1 words");
    assertRefused(text("1000000000 60000\na 1\n"), "line 1", "more than can be held");
    assertRefused(text("0 5\n"), "line 1", "at least one word");
    assertRefused(text("1 5.5\n"), "line 1", "two whole numbers");
    assertRefused(text("2 2\na 1 2\n\nb 1 2\n"), "line 3", "empty", "a word and its vector");
    assertRefused(text("  \n"), "line 1");
    assertRefused(text(""), "no word vectors");
  }

  @Test
  void damagedBinary() throws IOException {
    float[] one = {1, 2};
    assertRefused(binary("3 2", true, "a", one, "b", one), "truncated", "3 words");
    assertRefused(binary("1 2", true, "a", one, "b", one), "byte ", "more after the 1 words");
    assertRefused(
        binary("1 2", true, "a", new float[] {1, Float.NaN}), "byte 4", "number 2", "NaN");
    assertRefused(binary("2000000000 60000", true, "a", one), "more than can be held");
    assertRefused(binary("200000000 5", true, "a", one), "truncated, or its header is wrong");
    assertRefused(binary("hello", true, "a", one), "begins with a line of two numbers");
    byte[] whole = Files.readAllBytes(binary("2 2", false, "a", one, "b", one));
    Path cut = folder.resolve("cut.bin");
    for (int length = 4; length < whole.length; length++) {
      Files.write(cut, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> VectorFiles.read(cut)).isInstanceOf(InputException.class);
    }
  }

  /**
   * Tests a word with a space: of "New York" the word would be "New", and the rest its first
   * number.
   */
  @Test
  void aSpaceInAWordOfABinaryFileIsRefused() throws IOException {
    for (boolean lineEnds : List.of(true, false)) {
      assertRefused(
          binary(
              "3 3",
              lineEnds,
              "a",
              new float[] {1, 0, 0},
              "New York",
              new float[] {0.5f, 1, 0},
              "c",
              new float[] {0, 1, 1}),
          "numbers where a word should be");
    }
  }

  @Test
  void wordsWithSpaces() throws IOException {
    for (String header : List.of("", "4 2\n")) {
      VectorTable table =
          VectorFiles.read(
              text(header + "at name@domain.com 1 2\nthe 3 4\n. . . 5 6\n1 / 2 7 8 \n"));
      assertThat(table.words()).containsExactly("at name@domain.com", "the", ". . .", "1 / 2");
      assertThat(row(table, "at name@domain.com")).containsExactly(1, 2);
      assertThat(row(table, ". . .")).containsExactly(5, 6);
      assertThat(row(table, "1 / 2")).containsExactly(7, 8);
    }
  }

  /** A reader of the file would see such a word as two, or as none. */
  @ParameterizedTest
  @EnumSource(VectorFiles.Format.class)
  void wordsThatCannotBeWritten(VectorFiles.Format format) {
    Path out = folder.resolve("out");
    for (String word :
        List.of("a b", "new\nline", "\t", "", "a\rb", " ", "x\u000by", "a\u001b", "\ud83d")) {
      VectorTable table = new VectorTable(List.of("fine", word), 1, new float[] {1, 2});
      assertThatThrownBy(() -> VectorFiles.write(table, format, out))
          .as(word)
          .isInstanceOf(InputException.class)
          .hasMessageContaining("'" + word + "'");
      assertThat(out).doesNotExist();
    }
    List<String> odd = List.of("\u00a0", "a\u2028b", "\u0085", "\ufeffx", "5", "</s>");
    VectorTable table = new VectorTable(odd, 2, new float[12]);
    VectorFiles.write(table, format, out);
    assertThat(VectorFiles.read(out).words()).isEqualTo(odd);
    assertThat(VectorFiles.writable(table).table()).isSameAs(table);
    List<String> words = List.of("a b", "\t", "new\r\nline", "", "a_b", "new line", "x");
    float[] values = {1, 2, 3, 4, 5, 6, 7};
    VectorFiles.Writable written = VectorFiles.writable(new VectorTable(words, 1, values));
    assertThat(written.table().words()).containsExactly("new_line", "a_b", "x");
    assertThat(row(written.table(), "new_line")).containsExactly(3);
    assertThat(row(written.table(), "a_b")).containsExactly(5);
    assertThat(written.renamed()).isEqualTo(1);
    assertThat(written.leftOut()).isEqualTo(4);
    assertThat(written.first()).isEqualTo("a b");
  }

  /** Tests words of white space: one word of fastText's crawl-300d-2M.vec is a tab. */
  @Test
  void wordsOfWhiteSpace() throws IOException {
    for (String header : List.of("", "7 2\n")) {
      VectorTable table =
          VectorFiles.read(
              text(
                  header + "the 1 2\n\t 3 4\n  5 6\n 7 8\n\u00a0 9 10\nking\t11\t12\ndue  1  2\n"));
      assertThat(table.words()).containsExactly("the", "\t", " ", "", "\u00a0", "king", "due");
      assertThat(row(table, "\t")).containsExactly(3, 4);
      assertThat(row(table, " ")).containsExactly(5, 6);
      assertThat(row(table, "")).containsExactly(7, 8);
      assertThat(row(table, "king")).containsExactly(11, 12);
    }
    assertThat(VectorFiles.read(text("\t 1 2\na 3 4\n")).words()).containsExactly("\t", "a");
    VectorTable table =
        VectorFiles.read(binary("2 1", true, "", new float[] {1}, "\t", new float[] {2}));
    assertThat(table.words()).containsExactly("", "\t");
  }

  @Test
  void emptyLinesAtTheEndAreNotWords() throws IOException {
    for (String end : List.of("", "\n", "\n\n \n", "\r\n\r\n")) {
      assertThat(VectorFiles.read(text("a 1 2\nb 3 4" + end)).words()).containsExactly("a", "b");
      assertThat(VectorFiles.read(text("2 2\na 1 2\nb 3 4" + end)).words())
          .containsExactly("a", "b");
    }
  }

  /** Tests that one byte of Latin-1 does not make a text file binary. */
  @Test
  void textThatIsNotUtf8() throws IOException {
    byte[] latin =
        "3 2\nthe .1 .2\ncaf\u00e9 .1 .2\nking 1 2\n".getBytes(StandardCharsets.ISO_8859_1);
    Path file = Files.write(folder.resolve("latin.vec"), latin);
    assertRefused(file, "line 3", "UTF-8");
    assertThat(VectorFiles.read(file, 1).words()).containsExactly("the");
    byte[] headless = "the .1 .2\ncaf\u00e9 .1 .2\n".getBytes(StandardCharsets.ISO_8859_1);
    assertRefused(Files.write(file, headless), "line 2", "UTF-8");
    byte[] first = "2 2\ncaf\u00e9 .1 .2\nx .1 .2\n".getBytes(StandardCharsets.ISO_8859_1);
    assertRefused(Files.write(file, first), "line 2", "UTF-8");
    assertRefused(text("2 1\na\u0000 1\nb 2\n"), "line 2", "NUL");
  }

  @Test
  void theFirstWordsAlone() throws IOException {
    Path text = text("3 2\na 1 2\nb 3 4\nc x\n");
    assertThat(VectorFiles.read(text, 2).words()).containsExactly("a", "b");
    assertRefused(text, "line 4");
    float[] one = {1, 2};
    Path whole = binary("3 2", true, "a", one, "b", one, "c", one);
    assertThat(VectorFiles.read(whole, 2).words()).containsExactly("a", "b");
    assertThat(VectorFiles.read(whole, 9).words()).containsExactly("a", "b", "c");
    Path cut = binary("3 2", true, "a", one, "b", one);
    assertThat(VectorFiles.read(cut, 2).words()).containsExactly("a", "b");
    assertRefused(cut, "truncated");
  }

  @Test
  void packedFiles() throws IOException {
    float[] one = {1, 2};
    for (Path plain :
        List.of(text("2 2\na 1 2\nb 1 2\n"), binary("2 2", false, "a", one, "b", one))) {
      Path packed = folder.resolve("v.gz");
      try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
        Files.copy(plain, out);
      }
      VectorTable table = VectorFiles.read(packed);
      assertThat(table.words()).containsExactly("a", "b");
      assertThat(row(table, "b")).containsExactly(one);
      byte[] damaged = Files.readAllBytes(packed);
      damaged[damaged.length - 6] ^= 1; // its checksum
      assertRefused(Files.write(packed, damaged), "damaged");
    }
  }

  @Test
  void otherFormsOfVectorsAreNamed() throws IOException {
    Path file = folder.resolve("v");
    assertRefused(
        Files.write(file, new byte[] {(byte) 0x80, 4, (byte) 0x95, 0}), "pickle", "gensim");
    byte[] fastText = {(byte) 0xBA, 0x16, 0x4F, 0x2F, 12, 0, 0, 0};
    assertRefused(Files.write(file, fastText), "fastText", ".vec");
    byte[] numpy = "\u0093NUMPY\u0001\u0000v".getBytes(StandardCharsets.ISO_8859_1);
    assertRefused(Files.write(file, numpy), "NumPy");
  }

  @Test
  void ofAWordThatStandsTwiceTheFirstVectorIsKept() throws IOException {
    float[] one = {1, 2};
    float[] other = {3, 4};
    Path text = text("4 2\na 1 2\nb 3 4\na 5 6\na 7 8\n");
    Path binary = binary("3 2", true, "a", one, "a", other, "b", other);
    List<String> said =
        Warnings.of(
            VectorFiles.class,
            () -> {
              for (Path file : List.of(text, binary)) {
                VectorTable table = VectorFiles.read(file);
                assertThat(table.words()).containsExactly("a", "b");
                assertThat(row(table, "a")).containsExactly(1, 2);
                assertThat(row(table, "b")).containsExactly(3, 4);
              }
            });
    assertThat(said).hasSize(2);
    assertThat(said.get(0)).contains(": 2;", "'a'", text + ", line 4");
    assertThat(said.get(1)).contains(": 1;", "'a'", binary + ", byte 15");
  }

  @Test
  void aTableOfManyWords() {
    VectorTable.Builder builder = new VectorTable.Builder(300);
    float[] vector = new float[300];
    for (int i = 0; i < 5000; i++) { // more than a block holds, and more than the first slots
      vector[299] = i;
      builder.add("word" + i, vector);
    }
    VectorTable table = builder.table();
    for (int i = 0; i < 5000; i++) {
      assertThat(table.row("word" + i)).isEqualTo(i);
      assertThat(table.get(i, 299)).isEqualTo(i);
    }
    assertThat(table.row("word5000")).isEqualTo(-1);
    assertThatThrownBy(() -> builder.add("word7", vector))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void missingFiles() {
    assertRefused(folder.resolve("none.bin"), "none.bin");
  }

  @Test
  void questions() throws IOException {
    Path file = Files.writeString(folder.resolve("q"), ": Family\nman King woman queen\n\n: b\n");
    assertThat(AnalogyQuestions.read(file, true))
        .containsExactly(
            new AnalogyQuestions.Section(
                "family", List.of(List.of("man", "king", "woman", "queen"))),
            new AnalogyQuestions.Section("b", List.of()));
    Path headed = Files.writeString(folder.resolve("h"), "word1 word2 word3 word4\na b c d\n");
    assertThat(AnalogyQuestions.read(headed, false).getFirst().questions())
        .containsExactly(List.of("a", "b", "c", "d"));
    Path bad = Files.writeString(folder.resolve("bad"), ": Family\nman king woman\n");
    assertThatThrownBy(() -> AnalogyQuestions.read(bad, false))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("line 2", "3 words");
  }
}
