package org.lm4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.text.Level;

/** Vocabularies that other tools wrote. */
class VocabularyListTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "the\ncat\n",
        "the\r\ncat",
        "[\"the\", \"cat\"]",
        "{\"level\": \"word\", \"tokens\": [\"the\", \"cat\"]}"
      })
  void aByteOrderMarkIsDropped(String content) throws IOException {
    for (String mark : new String[] {"", "\uFEFF"}) {
      Path file = Files.writeString(folder.resolve("vocab.json"), mark + content);
      assertThat(VocabularyList.read(file, Level.WORD).vocabulary().tokens())
          .containsExactly("the", "cat");
    }
  }
}
