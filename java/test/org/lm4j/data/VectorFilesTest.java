package org.lm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lm4j.InputException;

/** Files of word vectors: of both formats, written elsewhere, and damaged. */
class VectorFilesTest {
  @TempDir private Path folder;

  private Path text(String content) throws IOException {
    return Files.writeString(folder.resolve("vectors.txt"), content);
  }

  /** As word2vec.c writes it, or with {@code lineEnds} false as gensim does. */
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
    assertRefused(text("a 1 x\n"), "line 1", "a word and its vector");
    assertRefused(text("a x 2\nb 1 2\n"), "line 2", "2 numbers", "1");
    assertRefused(text("3 1\na 1\nb 2\n"), "3 words", "there are 2");
    assertRefused(text("1 1\na 1\nb 2\n"), "line 3", "more after the 1 words");
    assertRefused(text("1000000000 60000\na 1\n"), "line 1", "more than can be held");
    assertRefused(text("0 5\n"), "line 1", "at least one word");
    assertRefused(text("1 5.5\n"), "line 1", "two whole numbers");
    assertRefused(text("2 2\na 1 2\n\nb 1 2\n"), "line 3", "a word and its vector");
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
    assertRefused(binary("200000000 5", true, "a", one), "truncated, or its header lies");
    assertRefused(binary("hello", true, "a", one), "begins with a line of two numbers");
    byte[] whole = Files.readAllBytes(binary("2 2", false, "a", one, "b", one));
    Path cut = folder.resolve("cut.bin");
    for (int length = 4; length < whole.length; length++) {
      Files.write(cut, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> VectorFiles.read(cut)).isInstanceOf(InputException.class);
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
    VectorTable table = VectorFiles.read(text("3 1\na b 1\nc 2\n. . 3\n"));
    Path out = folder.resolve("out");
    VectorFiles.write(table, VectorFiles.Format.TEXT, out);
    assertThat(VectorFiles.read(out).words()).isEqualTo(table.words());
    assertThatThrownBy(() -> VectorFiles.write(table, VectorFiles.Format.BINARY, out))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("'a b'", "write the vectors as text");
    assertThat(VectorFiles.read(out).words()).isEqualTo(table.words());
  }

  @Test
  void ofAWordThatStandsTwiceTheFirstVectorIsKept() throws IOException {
    float[] one = {1, 2};
    float[] other = {3, 4};
    Path text = text("4 2\na 1 2\nb 3 4\na 5 6\na 7 8\n");
    Path binary = binary("3 2", true, "a", one, "a", other, "b", other);
    List<String> said = new ArrayList<>();
    Logger logger = Logger.getLogger(VectorFiles.class.getName());
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            said.add(entry.getLevel() + " " + entry.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
    try {
      for (Path file : List.of(text, binary)) {
        VectorTable table = VectorFiles.read(file);
        assertThat(table.words()).containsExactly("a", "b");
        assertThat(row(table, "a")).containsExactly(1, 2);
        assertThat(row(table, "b")).containsExactly(3, 4);
      }
    } finally {
      logger.setUseParentHandlers(true);
      logger.removeHandler(handler);
    }
    assertThat(said).hasSize(2);
    assertThat(said.get(0)).startsWith("WARNING").contains(": 2;", "'a'", text + ", line 4");
    assertThat(said.get(1)).contains(": 1;", "'a'", binary + ", byte 15");
  }

  @Test
  void moreNumbersThanAnArrayHolds() {
    assertThat(VectorRows.end((1 << 21) - 1, 1000, "x")).isEqualTo((1 << 21) * 1000);
    assertThatThrownBy(() -> VectorRows.end(1 << 22, 1000, "v.txt, line 4194305"))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("v.txt, line 4194305", "take fewer of them");
  }

  @Test
  void packedFilesAndMissingOnes() throws IOException {
    Path packed = Files.write(folder.resolve("v.gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0});
    assertRefused(packed, "gunzip");
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
    Path bad = Files.writeString(folder.resolve("bad"), ": Family\nman king woman\n");
    assertThatThrownBy(() -> AnalogyQuestions.read(bad, false))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("line 2", "3 words");
  }
}
