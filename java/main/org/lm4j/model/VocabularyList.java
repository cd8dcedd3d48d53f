package org.lm4j.model;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.io.Json;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * A vocabulary as other tools write it, the tokens in the order of their ids; or the {@code
 * vocab.json} of a model folder.
 */
public final class VocabularyList {
  private VocabularyList() {}

  /**
   * Reads a JSON array of tokens, a {@code vocab.json}, or a text file with one token a line. A
   * byte order mark at the start is dropped.
   *
   * @throws InputException if the file is missing, malformed, or no vocabulary of that level
   */
  public static Vocabulary read(Path file, Level level) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (MalformedInputException e) {
      throw new InputException(file + " is not UTF-8.", e);
    } catch (java.nio.file.NoSuchFileException e) {
      throw new InputException("there is no vocabulary file " + file + ".", e);
    } catch (IOException e) {
      throw new InputException("cannot read the vocabulary " + file + ": " + e.getMessage(), e);
    }
    String unmarked = text.startsWith("\uFEFF") ? text.substring(1) : text;
    List<String> tokens = tokens(unmarked, file, level);
    try {
      return Vocabulary.of(level, tokens);
    } catch (IllegalArgumentException | InputException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    }
  }

  private static List<String> tokens(String text, Path file, Level level) {
    String start = text.stripLeading();
    if (start.startsWith("[")) {
      return Arrays.asList(Json.parse(text, file.toString(), String[].class));
    }
    if (start.startsWith("{") && file.toString().endsWith(".json")) {
      ModelFiles.VocabularyFile own =
          Json.parse(text, file.toString(), ModelFiles.VocabularyFile.class);
      if (!own.level().equals(level.label())) {
        throw new InputException(
            "%s is a vocabulary of level %s, not %s.".formatted(file, own.level(), level.label()));
      }
      return own.tokens();
    }
    return text.lines().toList();
  }
}
