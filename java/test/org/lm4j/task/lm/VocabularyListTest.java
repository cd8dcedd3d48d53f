package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.InputException;
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

  private VocabularyList.Read read(String name, String content, Level level) throws IOException {
    return VocabularyList.read(Files.writeString(folder.resolve(name), content), level);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"b\": 1, \"\\n\": 3, \"a\": 0, \"c\": 2}",
        "{\"0\": \"a\", \"2\": \"c\", \"1\": \"b\", \"3\": \"\\n\"}",
        "{\"word2idx\": {\"b\": 1, \"\\n\": 3, \"a\": 0, \"c\": 2}, \"size\": 4}",
        "{\"itos\": [\"a\", \"b\", \"c\", \"\\n\"], \"unk\": null}"
      })
  void idsSayTheOrder(String content) throws IOException {
    for (String name : new String[] {"vocab.json", "vocab.txt"}) {
      assertThat(read(name, content, Level.CHAR).vocabulary().tokens())
          .containsExactly("a", "b", "c", "\n");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":0,\"b\":2}|'b' the id 2, but 2 tokens have the ids 0 to 1",
        "{\"a\":0,\"b\":0}|the id 0 to both 'a' and 'b'",
        "{\"a\":1,\"b\":-1}|'b' the id -1",
        "{\"a\":0,\"b\":1.0}|field 'b' is 1.0",
        "{\"a\":0,\"b\":\"1\"}|field 'b' is \"1\"",
        "{\"0\":\"a\",\"x\":\"b\"}|'b' the id x",
        "{}|no tokens",
        "[\"a\",[\"b\",1]]|entry 1 is an array",
        "[\"a\",null]|entry 1 is null",
        "{\"added_tokens\":[],\"model\":{}}|Hugging Face tokenizer"
      })
  void filesThatAreNotAVocabularyAreNamed(String content, String reason) {
    assertThatThrownBy(() -> read("vocab.json", content, Level.WORD))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll(folder.resolve("vocab.json").toString(), reason);
  }

  @Test
  void linesOfTokensMayLookLikeJsonAndEndInBlankLines() throws IOException {
    assertThat(read("v.txt", "[PAD]\n[UNK]\nthe\n\n\n", Level.WORD).vocabulary().tokens())
        .containsExactly("[PAD]", "<unk>", "the");
    assertThat(read("v.txt", "{\n}\n[\n]\n", Level.WORD).vocabulary().tokens())
        .containsExactly("{", "}", "[", "]");
    assertThatThrownBy(() -> read("v.txt", "the 100\ncat 5\n", Level.WORD))
        .hasMessageContaining("a number after each token ('the 100')");
    assertThatThrownBy(() -> read("v.txt", "0\tthe\n1\tcat\n2\t7\n", Level.WORD))
        .hasMessageContainingAll("the id before each token ('0\\tthe')", "cut -f2");
    assertThatThrownBy(() -> read("v.txt", "1 the\n2 cat\n", Level.WORD))
        .hasMessageContaining("the id before each token ('1 the')");
    assertThatThrownBy(() -> read("v.txt", "['a', 'b']", Level.WORD))
        .hasMessageContaining("as Python prints it");
  }

  @Test
  void otherNamesOfLineEndAndUnknownAreMapped() throws IOException {
    VocabularyList.Read read = read("v.txt", "<UNK>\n</s>\nthe\n", Level.WORD);
    assertThat(read.vocabulary().tokens()).containsExactly("<unk>", "<eos>", "the");
    assertThat(read.notes())
        .containsExactly(
            "</s> is renamed <eos>, which stands for each line end",
            "<UNK> is renamed <unk>, which stands for what is not in the vocabulary");
    VocabularyList.Read own = read("v.txt", "<unk>\n</s>\n<eos>\n", Level.WORD);
    assertThat(own.vocabulary().tokens()).containsExactly("<unk>", "</s>", "<eos>");
    assertThat(own.notes()).isEmpty();
  }

  @Test
  void theUnknownTokenIsRecognisedHoweverItIsWritten() throws IOException {
    for (String name : List.of("UNK", "unk", "Unk", "[unk]", "<Unk>", "<unknown>", "[OOV]")) {
      VocabularyList.Read read = read("v.txt", "the\n" + name + "\n", Level.WORD);
      assertThat(read.vocabulary().tokens()).containsExactly("the", "<unk>");
      assertThat(read.notes()).singleElement().asString().startsWith(name + " is renamed <unk>");
    }
    // Words, and what is less clear than another token.
    for (String[] words : new String[][] {{"unknown", "oov"}, {"unk", "<unk>"}, {"<unk>", "UNK"}}) {
      VocabularyList.Read read = read("v.txt", String.join("\n", words), Level.WORD);
      assertThat(read.vocabulary().tokens()).containsExactly(words);
      assertThat(read.notes()).isEmpty();
    }
    assertThat(read("v.txt", "unk\nUNK\n[UNK]\n", Level.WORD).vocabulary().tokens())
        .containsExactly("unk", "UNK", "<unk>");
    assertThat(read("v.txt", "unk\nUNK\n", Level.WORD).vocabulary().tokens())
        .containsExactly("unk", "<unk>");
  }

  @Test
  void aPickleIsNamed() throws IOException {
    Path file = Files.write(folder.resolve("word2idx.pkl"), new byte[] {(byte) 0x80, 4, 1, 2});
    assertThatThrownBy(() -> VocabularyList.read(file, Level.WORD))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll(file.toString(), "a Python pickle", "json.dump");
  }
}
