package org.lm4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import tools.jackson.databind.JsonNode;

class JsonLinesTest {
  @TempDir Path folder;

  @Test
  void everyLineIsInTheFileAtOnce() throws IOException {
    Path file = folder.resolve("log.jsonl");
    try (JsonLines log = JsonLines.append(file)) {
      log.write(Map.of("step", 1));
      assertThat(file).hasContent("{\"step\":1}");
      log.write(Map.of("text", "two\nlines"));
    }
    try (JsonLines log = JsonLines.append(file)) {
      log.write(Map.of("step", 3));
    }
    assertThat(Files.readString(file))
        .isEqualTo("{\"step\":1}\n{\"text\":\"two\\nlines\"}\n{\"step\":3}\n");
    assertThat(JsonLines.read(file)).hasSize(3);
  }

  @Test
  void aTornLastLineIsLeftOutAndThenRemoved() throws IOException {
    String torn = "{\"step\":3,\"te" + "x".repeat(200_000);
    Path file = log("{\"step\":1}\n{\"step\":2}\n" + torn);
    assertThat(steps(file)).containsExactly(1, 2);
    try (JsonLines log = JsonLines.append(file)) {
      log.write(Map.of("step", 3));
    }
    assertThat(steps(file)).containsExactly(1, 2, 3);
    assertThat(Files.size(file)).isEqualTo(33);
  }

  @Test
  void aLogThatIsOneTornLineBecomesEmpty() throws IOException {
    Path file = log("{\"st");
    assertThat(JsonLines.read(file)).isEmpty();
    JsonLines.append(file).close();
    assertThat(file).isEmptyFile();
  }

  @Test
  void aBrokenLineInTheMiddleIsAnErrorThatNamesIt() throws IOException {
    Path file = log("{\"step\":1}\n{\"st\n{\"step\":3}\n");
    assertThatThrownBy(() -> JsonLines.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ", line 2, column 5: ");
  }

  @Test
  void aLineTooLongForALogIsDroppedAlone() throws IOException {
    for (int more : new int[] {1, 200_000}) {
      String padded = "x".repeat(JsonLines.MAX_LINE_BYTES + more);
      Path file = log("{\"step\":1}\n" + padded + "\n{\"step\":2}\n{\"step\":3}\n");
      assertThat(JsonLines.retainUpTo(file, "step", 9, values -> true)).containsExactly(2);
      assertThat(steps(file)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void aMissingLogIsNamed() {
    Path file = folder.resolve("none.jsonl");
    assertThatThrownBy(() -> JsonLines.read(file))
        .isInstanceOf(InputException.class)
        .hasMessage("cannot read " + file + ": no such file or folder");
  }

  @Test
  void anInterruptedThreadStillLogs() {
    Path file = folder.resolve("log.jsonl");
    try (JsonLines log = JsonLines.append(file)) {
      Thread.currentThread().interrupt();
      log.write(Map.of("step", 1));
      assertThat(Thread.interrupted()).isTrue();
      log.write(Map.of("step", 2));
    }
    assertThat(steps(file)).containsExactly(1, 2);
  }

  private Path log(String content) throws IOException {
    return Files.writeString(folder.resolve("log.jsonl"), content);
  }

  private static List<Integer> steps(Path file) {
    return JsonLines.read(file).stream().map((JsonNode line) -> line.get("step").asInt()).toList();
  }
}
