package org.lm4j.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;

/** Tests that files of other formats given in place of weights are named. */
class ForeignFilesTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\\x80\\x02\\x8a\\n\\x6c\\xfc\\x9c\\x46\\xf9\\x20j\\xa8P\\x19.|torch.save (its old form|save_file",
        "\\x80\\x04\\x95rest of it|a Python pickle|save_file",
        "(dp0\\nS'a'\\np1\\n|a Python pickle|save_file",
        "\\x89HDF\\r\\n\\x1a\\n....|an HDF5 file|state_dict",
        "GGUF\\x03...........|a GGUF file|state_dict",
        "\\x93NUMPY\\x01\\x00.....|a NumPy array|save_file",
        "\\x08\\x08\\x12\\x07pytorch|an ONNX model|state_dict",
        "\\x1f\\x8b\\x08.........|packed by gzip|unpack",
        "version https://git-lfs.github.com/spec/v1|a pointer of Git LFS|git lfs pull",
        "<!DOCTYPE html>|a web page|safetensors",
        "{\"weight_map\":{\"a\":\"b\"}}|which of several files|load_file",
        "{\"model_type\":\"gpt2\"}|configuration of a Hugging Face model|safetensors",
        "just some text|a text file|safetensors"
      })
  void isNamedWithWhatToDo(String content, String name, String advice) throws IOException {
    Path file = Files.write(folder.resolve("given"), bytes(content));
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll(file.toString(), name, advice)
        .message()
        .hasLineCount(1);
  }

  private static byte[] bytes(String content) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < content.length(); i++) {
      char c = content.charAt(i);
      if (c == '\\' && content.charAt(i + 1) == 'x') {
        out.append((char) Integer.parseInt(content.substring(i + 2, i + 4), 16));
        i += 3;
      } else if (c == '\\') {
        out.append(content.charAt(++i) == 'n' ? '\n' : '\r');
      } else {
        out.append(c);
      }
    }
    return out.toString().getBytes(ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource({
    "archive/data.pkl, torch.save (a zip)",
    "m/constants.pkl, TorchScript",
    "a.npy, npz",
    "model.weights.h5, Keras",
    "readme, zip archive"
  })
  void zipsAreNamedByWhatTheyHold(String entry, String name) throws IOException {
    Path file = folder.resolve("given");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(new byte[50]);
      zip.closeEntry();
    }
    assertThat(ForeignFiles.notWeights(file)).contains(name);
    assertThat(ForeignFiles.notTokens(file)).contains(name);
    assertThat(ForeignFiles.notModelFolder(file)).contains(name, "not a model folder");
  }

  @Test
  void foldersAreNamed() throws IOException {
    assertThat(ForeignFiles.notModelFolder(folder)).isNull();
    assertThat(ForeignFiles.notWeights(folder)).contains("is a folder", "give the file");
    Files.writeString(folder.resolve("model.safetensors"), "");
    assertThat(ForeignFiles.notWeights(folder)).contains("give " + folder + "/model.safetensors");
    Files.writeString(folder.resolve("config.json"), "{\"format\":\"lm4j-1\"}");
    assertThat(ForeignFiles.notModelFolder(folder)).isNull();
    Files.writeString(
        folder.resolve("config.json"), "{\"architectures\":[\"LlamaForCausalLM\"],\"size\":[1]}");
    assertThat(ForeignFiles.notModelFolder(folder))
        .contains("a Hugging Face model folder (LlamaForCausalLM)");
    assertThat(ForeignFiles.notWeights(folder)).contains("Hugging Face");
  }

  @Test
  void damagedSafetensorsAreNotTakenForAnythingElse() throws IOException {
    Path file =
        Files.write(folder.resolve("cut"), bytes("\\x40\\x00\\x00\\x00\\x00\\x00\\x00\\x00{\"a\""));
    assertThat(ForeignFiles.notWeights(file)).isNull();
    assertThatThrownBy(() -> SafetensorsFile.open(file)).hasMessageContaining("only 4 follow");
  }
}
