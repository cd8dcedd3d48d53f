package org.lm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.lm4j.InputException;
import org.lm4j.Need;

/** The helpers that the tests of this package share. */
public final class DataFixtures {
  private DataFixtures() {}

  public static Path write(Path file, String text) {
    return write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  public static Path write(Path file, byte[] bytes) {
    try {
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Expects this message. */
  public static void assertRefused(ThrowingCallable what, String sentence) {
    assertThatThrownBy(what).isInstanceOf(InputException.class).hasMessage(sentence);
  }

  /** Expects a message of one sentence that contains this. */
  public static void assertRefusedSaying(ThrowingCallable what, String says) {
    assertThatThrownBy(what)
        .isInstanceOf(InputException.class)
        .hasMessageContaining(says)
        .satisfies(e -> assertThat(String.valueOf(e.getMessage()).lines()).hasSize(1));
  }

  /** A file of the shared corpora; the test is skipped where there are none. */
  public static Path data(String name) {
    String folder =
        Optional.ofNullable(System.getProperty("lm4j.data"))
            .or(() -> Optional.ofNullable(System.getenv("LM4J_DATA")))
            .orElse("../shared/data");
    Path file = Path.of(folder, name);
    Need.DATA.check(Files.exists(file), "needs the corpus " + file);
    return file;
  }
}
