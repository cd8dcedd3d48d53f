package org.lm4j.decode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;
import org.lm4j.io.Json;

/**
 * The sampling options that suit a model: those of {@code generation_config.json} in its folder, by
 * the names that Hugging Face Transformers gives them. The file is written by hand, and most
 * folders have none.
 */
public final class GenerationDefaults {
  /** The name of the file. */
  public static final String FILE = "generation_config.json";

  private static final Set<String> NAMES =
      Set.of("temperature", "top_k", "top_p", "min_p", "repetition_penalty");

  private GenerationDefaults() {}

  /**
   * Returns the options for the model in a folder. What the file does not set is as in {@link
   * SamplingOptions#DEFAULT}.
   *
   * @throws InputException if the file cannot be read, is not a JSON object, sets anything else, or
   *     a value is not a number in its range
   */
  public static SamplingOptions of(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return SamplingOptions.DEFAULT;
    }
    Map<String, @Nullable Object> values = Json.object(bytes(file), file.toString());
    Set<String> unknown = new TreeSet<>(values.keySet());
    unknown.removeAll(NAMES);
    if (!unknown.isEmpty()) {
      throw new InputException(
          "%s sets %s; it can set %s"
              .formatted(
                  file, String.join(", ", unknown), String.join(", ", new TreeSet<>(NAMES))));
    }
    SamplingOptions usual = SamplingOptions.DEFAULT;
    try {
      double topK = number(values, "top_k", usual.topK());
      if (topK != (int) topK) {
        throw new InputException("top_k is not a whole number");
      }
      return new SamplingOptions(
          number(values, "temperature", usual.temperature()),
          (int) topK,
          number(values, "top_p", usual.topP()),
          number(values, "min_p", usual.minP()),
          number(values, "repetition_penalty", usual.repetitionPenalty()),
          false);
    } catch (InputException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    }
  }

  private static double number(
      Map<String, @Nullable Object> values, String name, double otherwise) {
    Object value = values.getOrDefault(name, otherwise);
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw new InputException(name + " is not a number");
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }
}
