package org.lm4j.cli.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacedOutputTest {
  private final List<String> written = new ArrayList<>();
  private long now = Long.MAX_VALUE; // a clock may begin anywhere

  private final OutputStream sink =
      new ByteArrayOutputStream() {
        @Override
        public void flush() {
          written.add(toString(StandardCharsets.ISO_8859_1));
          reset();
        }
      };

  @Test
  void pieceAfterAPauseIsWrittenAtOnce() throws IOException {
    try (PacedOutput out = new PacedOutput(sink, () -> now)) {
      add(out, "a");
      now += PacedOutput.PAUSE_NANOS;
      add(out, "b");
      assertThat(written).containsExactly("a", "b");
    }
    assertThat(written).hasSize(2);
  }

  @Test
  void piecesWithoutAPauseAreWrittenTogetherAndTheLastOnesAtTheEnd() throws IOException {
    try (PacedOutput out = new PacedOutput(sink, () -> now)) {
      add(out, "a");
      now += PacedOutput.PAUSE_NANOS - 1;
      add(out, "b");
      add(out, "");
      now++;
      add(out, "\u00c3");
      add(out, "\u00a9");
    }
    assertThat(written).containsExactly("a", "b\u00c3", "\u00a9");
  }

  @Test
  void failureIsReportedOnceAndNoByteIsWrittenTwice() {
    List<Integer> bytes = new ArrayList<>();
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            bytes.add(b);
            throw new IOException("the disk is full");
          }
        };
    assertThatThrownBy(
            () -> {
              try (PacedOutput out = new PacedOutput(full, () -> now)) {
                add(out, "ab");
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the disk is full")
        .hasNoSuppressedExceptions();
    assertThat(bytes).hasSize(1);
  }

  private static void add(OutputStream out, String latin) throws IOException {
    out.write(latin.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }
}
