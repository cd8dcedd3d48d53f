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
 * the names that Hugging Face Transformers gives them. The file is written by hand or comes with an
 * imported model, and most folders have none.
 *
 * <p>Of the other fields that Transformers knows, those are ignored that do not change which token
 * is chosen: ids of special tokens and lengths, which a model of lm4j or an option sets, {@code
 * do_sample}, since lm4j samples unless it is asked for the most likely token, and what concerns
 * the computation or the form of the result. A way to choose tokens that lm4j does not have may be
 * there only with the value that turns it off. All else is refused, so that no option is ignored
 * for a typing mistake.
 */
public final class GenerationDefaults {
  /** The name of the file. */
  public static final String FILE = "generation_config.json";

  private static final Set<String> NAMES =
      Set.of("temperature", "top_k", "top_p", "min_p", "repetition_penalty");

  private static final Set<String> IRRELEVANT =
      Set.of(
          "_commit_hash",
          "_from_model_config",
          "bos_token_id",
          "cache_config",
          "cache_implementation",
          "compile_config",
          "decoder_start_token_id",
          "disable_compile",
          "do_sample",
          "eos_token_id",
          "is_assistant",
          "low_memory",
          "max_cache_len",
          "max_length",
          "max_new_tokens",
          "max_time",
          "num_return_sequences",
          "output_attentions",
          "output_hidden_states",
          "output_logits",
          "output_scores",
          "pad_token_id",
          "prefill_chunk_size",
          "remove_invalid_values",
          "return_dict_in_generate",
          "return_legacy_cache",
          "transformers_version",
          "trust_remote_code",
          "use_cache");

  /** Ways to choose tokens that lm4j does not have, and the number or value that turns each off. */
  private static final Map<String, Object> OFF =
      Map.ofEntries(
          Map.entry("diversity_penalty", 0.0),
          Map.entry("early_stopping", false),
          Map.entry("encoder_no_repeat_ngram_size", 0.0),
          Map.entry("encoder_repetition_penalty", 1.0),
          Map.entry("epsilon_cutoff", 0.0),
          Map.entry("eta_cutoff", 0.0),
          Map.entry("guidance_scale", 1.0),
          Map.entry("length_penalty", 1.0),
          Map.entry("min_length", 0.0),
          Map.entry("min_new_tokens", 0.0),
          Map.entry("no_repeat_ngram_size", 0.0),
          Map.entry("num_beam_groups", 1.0),
          Map.entry("num_beams", 1.0),
          Map.entry("penalty_alpha", 0.0),
          Map.entry("renormalize_logits", false),
          Map.entry("token_healing", false),
          Map.entry("top_h", 1.0),
          Map.entry("typical_p", 1.0));

  private GenerationDefaults() {}

  /**
   * Returns the options for the model in a folder. What the file does not set is as in {@link
   * SamplingOptions#DEFAULT}.
   *
   * @throws InputException if the file cannot be read, is not a JSON object, has a field that would
   *     change the text or is unknown, or a value is not a number in its range
   */
  public static SamplingOptions of(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return SamplingOptions.DEFAULT;
    }
    Map<String, @Nullable Object> values = Json.object(bytes(file), file.toString());
    requireKnown(values, file);
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

  private static void requireKnown(Map<String, @Nullable Object> values, Path file) {
    Set<String> unknown = new TreeSet<>(values.keySet());
    unknown.removeAll(NAMES);
    unknown.removeAll(IRRELEVANT);
    unknown.removeIf(name -> OFF.containsKey(name) && isOff(name, values.get(name)));
    if (!unknown.isEmpty()) {
      throw new InputException(
          "%s sets %s; it can set %s"
              .formatted(
                  file, String.join(", ", unknown), String.join(", ", new TreeSet<>(NAMES))));
    }
  }

  private static boolean isOff(String name, @Nullable Object value) {
    Object given = value instanceof Number number ? (Object) number.doubleValue() : value;
    return given == null || given.equals(OFF.get(name));
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
