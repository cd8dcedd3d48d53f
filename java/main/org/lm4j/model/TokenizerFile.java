package org.lm4j.model;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lm4j.io.Json;
import org.lm4j.text.subword.SubwordTokenizer;

/** Reads the {@code tokenizer.json} of the library Hugging Face Tokenizers. */
public final class TokenizerFile {
  private TokenizerFile() {}

  /**
   * Reads a tokenizer.
   *
   * @throws org.lm4j.InputException if the file cannot be read, is malformed, or needs something
   *     that is not supported, which the message names
   */
  public static SubwordTokenizer read(Path file) {
    return tokenizer(Json.read(file, Map.class), file.toString());
  }

  static SubwordTokenizer parse(byte[] bytes, String place) {
    return tokenizer(Json.parse(bytes, place, Map.class), place);
  }

  private static SubwordTokenizer tokenizer(Map<?, ?> json, String place) {
    Map<String, Object> fields = new LinkedHashMap<>();
    json.forEach((name, value) -> fields.put(String.valueOf(name), value));
    return SubwordTokenizer.of(fields, place);
  }
}
