package org.lm4j.serve;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.serve.engine.LogitChanges;
import org.lm4j.serve.engine.TextRequest;
import org.lm4j.task.lm.Generator;
import org.lm4j.text.Detokenizer;
import org.lm4j.text.Vocabulary;

/**
 * A request for completions, as in OpenAI's API of completions. All its fields are known or
 * refused; {@code top_k}, {@code min_p}, {@code repetition_penalty} and {@code context} are
 * additions.
 *
 * @param model name of the model; empty for the default
 * @param prompts texts or ids, in the order of the request
 * @param count texts for each prompt
 * @param length most tokens to generate
 * @param sampling how tokens are chosen
 * @param changes what is added to logits before
 * @param seed of the random numbers
 * @param stops texts that end a text
 * @param echo whether the prompt is a part of the text
 * @param logprobs how many of the most likely tokens are listed; -1 for no log-probabilities
 * @param context text that is read before the prompt, so that its first token has a score
 * @param stream whether tokens are sent as they come
 * @param usage whether a stream ends with the numbers of tokens
 */
record CompletionRequest(
    String model,
    List<Prompt> prompts,
    int count,
    int length,
    SamplingOptions sampling,
    LogitChanges changes,
    long seed,
    List<String> stops,
    boolean echo,
    int logprobs,
    String context,
    boolean stream,
    boolean usage) {
  /** Most log-probabilities of an answer, alternatives included: each takes memory until sent. */
  static final int MOST_SCORES = 1 << 19;

  private static final int MOST_TOP = 100;
  private static final int MOST_STOPS = 16;
  private static final int LONGEST_STOP = 256; // compared with each new token of each text
  private static final Set<String> STREAM_OPTIONS = Set.of("include_usage", "include_obfuscation");
  private static final double MOST_PENALTY = 2;
  private static final double MOST_BIAS = 100;

  /**
   * A prompt as it was given.
   *
   * @param text null where it is ids
   * @param ids null where it is a text
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Prompt(@Nullable String text, int @Nullable [] ids) {
    /** Returns the prompt's text. */
    String shown(Vocabulary vocabulary) {
      return text != null ? text : Detokenizer.text(vocabulary, ids == null ? new int[0] : ids);
    }
  }

  /** Reads a request, and refuses what is not supported. */
  static CompletionRequest read(JsonFields fields, ServerOptions limits) {
    String model = fields.text("model", "");
    List<Prompt> prompts = prompts(fields.get("prompt"), limits);
    int count = (int) fields.whole("n", 1, 1, limits.texts());
    if ((long) count * prompts.size() > limits.texts()) {
      throw ApiException.field(
          "n",
          "%,d prompts times %,d are more than %,d texts"
              .formatted(prompts.size(), count, limits.texts()));
    }
    int length = (int) fields.whole("max_tokens", 16, 0, limits.generatedTokens());
    SamplingOptions sampling = sampling(fields);
    LogitChanges changes = changes(fields);
    long seed =
        fields.whole(
            "seed", ThreadLocalRandom.current().nextLong(1L << 53), Long.MIN_VALUE, Long.MAX_VALUE);
    List<String> stops = fields.texts("stop", MOST_STOPS);
    for (String stop : stops) {
      if (stop.isEmpty() || stop.length() > LONGEST_STOP) {
        throw ApiException.field(
            "stop",
            stop.isEmpty()
                ? "a text in 'stop' is empty"
                : "a text in 'stop' has %,d characters; at most %,d are allowed"
                    .formatted(stop.length(), LONGEST_STOP));
      }
    }
    boolean echo = fields.flag("echo", false);
    int logprobs = (int) fields.whole("logprobs", -1, 0, MOST_TOP);
    String context = fields.text("context", "");
    boolean stream = fields.flag("stream", false);
    boolean usage = usage(fields.get("stream_options"), stream);
    refuseOthers(fields, count);
    return new CompletionRequest(
        model, prompts, count, length, sampling, changes, seed, stops, echo, logprobs, context,
        stream, usage);
  }

  private static void refuseOthers(JsonFields fields, int count) {
    long best = fields.whole("best_of", count, 1, Integer.MAX_VALUE);
    if (best != count) {
      throw ApiException.field("best_of", "'best_of' is not supported but as a copy of 'n'");
    }
    if (!fields.text("suffix", "").isEmpty()) {
      throw ApiException.field("suffix", "'suffix' is not supported; leave it out");
    }
    fields.text("user", ""); // names the user of a client, and changes nothing
    fields.requireNoOther();
  }

  private static LogitChanges changes(JsonFields fields) {
    double frequency = fields.number("frequency_penalty", 0, -MOST_PENALTY, MOST_PENALTY);
    double presence = fields.number("presence_penalty", 0, -MOST_PENALTY, MOST_PENALTY);
    Object given = fields.get("logit_bias");
    Map<Integer, Double> bias = new HashMap<>();
    if (given != null) {
      if (!(given instanceof Map<?, ?> map)) {
        throw wrongBias();
      }
      map.forEach((id, value) -> bias.put(id(id), bias(value)));
    }
    return new LogitChanges(frequency, presence, bias);
  }

  private static int id(@Nullable Object key) {
    String text = String.valueOf(key);
    if (!text.matches("\\d{1,9}")) {
      throw wrongBias();
    }
    return Integer.parseInt(text);
  }

  private static double bias(@Nullable Object value) {
    double bias = value instanceof Number number ? number.doubleValue() : Double.NaN;
    if (!(Math.abs(bias) <= MOST_BIAS)) {
      throw wrongBias();
    }
    return bias;
  }

  private static ApiException wrongBias() {
    return ApiException.field(
        "logit_bias",
        "'logit_bias' must be an object with token ids as names and numbers from -100 to 100");
  }

  private static boolean usage(@Nullable Object options, boolean stream) {
    if (options == null) {
      return false;
    }
    boolean known =
        options instanceof Map<?, ?> map
            && STREAM_OPTIONS.containsAll(map.keySet())
            && !Boolean.TRUE.equals(map.get("include_obfuscation"));
    Object given = options instanceof Map<?, ?> map ? map.get("include_usage") : null;
    Object usage = given == null ? false : given;
    if (!stream || !known || !(usage instanceof Boolean wanted)) {
      throw ApiException.field(
          "stream_options",
          "'stream_options' goes with 'stream', and has the field 'include_usage' alone, or"
              + " 'include_obfuscation' as false");
    }
    return wanted;
  }

  private static SamplingOptions sampling(JsonFields fields) {
    double temperature = fields.number("temperature", 1, 0, 100);
    double topP = fields.number("top_p", 1, 0, 1);
    long topK = fields.whole("top_k", 0, -1, Integer.MAX_VALUE);
    double minP = fields.number("min_p", 0, 0, 1);
    double repetitionPenalty =
        fields.number(
            "repetition_penalty",
            1,
            SamplingOptions.MIN_REPETITION_PENALTY,
            SamplingOptions.MAX_REPETITION_PENALTY);
    boolean greedy = temperature < SamplingOptions.MIN_TEMPERATURE;
    if (topP <= 0) {
      throw ApiException.field("top_p", "'top_p' must be above 0");
    }
    return new SamplingOptions(
        greedy ? 1 : temperature, (int) Math.max(0, topK), topP, minP, repetitionPenalty, greedy);
  }

  private static List<Prompt> prompts(@Nullable Object prompt, ServerOptions limits) {
    if (prompt == null) {
      throw ApiException.field("prompt", "'prompt' is missing");
    }
    if (prompt instanceof String text) {
      return List.of(new Prompt(text, null));
    }
    if (!(prompt instanceof List<?> list) || list.isEmpty()) {
      throw wrongPrompt();
    }
    if (list.getFirst() instanceof Number) {
      return List.of(new Prompt(null, ids(list)));
    }
    if (list.size() > limits.texts()) {
      throw ApiException.field(
          "prompt",
          "'prompt' has %,d texts; at most %,d are allowed".formatted(list.size(), limits.texts()));
    }
    List<Prompt> prompts = new ArrayList<>();
    for (Object item : list) {
      prompts.add(
          item instanceof String text ? new Prompt(text, null) : new Prompt(null, ids(item)));
    }
    return prompts;
  }

  /** Reads the ids of tokens from a list. */
  static int[] ids(@Nullable Object tokens) {
    if (!(tokens instanceof List<?> list)) {
      throw wrongPrompt();
    }
    int[] ids = new int[list.size()];
    for (int i = 0; i < ids.length; i++) {
      if (!(list.get(i) instanceof Integer id)) {
        throw wrongPrompt();
      }
      ids[i] = id;
    }
    return ids;
  }

  private static ApiException wrongPrompt() {
    return ApiException.field(
        "prompt",
        "'prompt' must be a text, a list of texts, a list of token ids, or a list of these");
  }

  /**
   * Returns the texts to compute, in the order of the answer: those of the first prompt first.
   *
   * @throws ApiException if a prompt has text that the model does not know, or is too long
   */
  List<TextRequest> texts(Vocabulary vocabulary, ServerOptions limits) {
    boolean scored = echo && logprobs >= 0;
    TextRequest.Scoring scoring =
        new TextRequest.Scoring(logprobs >= 0, scored, Math.max(0, logprobs));
    int[] before = encode("context", context, vocabulary);
    requireIds(changes.bias().keySet(), vocabulary);
    List<TextRequest> texts = new ArrayList<>();
    long scores = 0;
    for (Prompt prompt : prompts) {
      int[] given = prompt.ids();
      int[] own = given != null ? given : encode("prompt", prompt.shown(vocabulary), vocabulary);
      int[] all = joined(before, own); // shared by all samples
      requireKnown(all, vocabulary, limits);
      scores += (long) count * (length + (scored ? own.length : 0));
      for (int sample = 0; sample < count; sample++) {
        int[] read = all;
        int hidden = before.length;
        if (read.length == 0) {
          read = new int[] {Generator.beforeTheFirst(vocabulary, seed, sample)};
          hidden = 1;
        }
        texts.add(
            new TextRequest(
                read, hidden, sampling, seed, sample, length, stops, scoring, false, changes));
      }
    }
    requireFew(logprobs < 0 ? 0 : scores * (1 + logprobs), "logprobs");
    return texts;
  }

  /** Requires that an answer does not have too many log-probabilities. */
  static void requireFew(long scores, String field) {
    if (scores > MOST_SCORES) {
      throw ApiException.field(
          field,
          ("the answer may have up to %,d log-probabilities, but %,d are allowed: ask for fewer"
                  + " texts, tokens or alternatives")
              .formatted(scores, MOST_SCORES));
    }
  }

  private static void requireIds(Set<Integer> ids, Vocabulary vocabulary) {
    for (int id : ids) {
      if (id >= vocabulary.size()) {
        throw ApiException.field(
            "logit_bias",
            "there is no token %d; ids are below %,d".formatted(id, vocabulary.size()));
      }
    }
  }

  private static int[] joined(int[] before, int[] after) {
    int[] all = Arrays.copyOf(before, before.length + after.length);
    System.arraycopy(after, 0, all, before.length, after.length);
    return all;
  }

  /** Returns the ids of a text, which the model must know. */
  static int[] encode(String field, String text, Vocabulary vocabulary) {
    try {
      return vocabulary.encode(text);
    } catch (InputException e) {
      throw ApiException.field(field, e);
    }
  }

  /** Requires ids of the vocabulary, and not too many. */
  static void requireKnown(int[] ids, Vocabulary vocabulary, ServerOptions limits) {
    if (ids.length > limits.promptTokens()) {
      throw ApiException.field(
          "prompt",
          "the prompt has %,d tokens, its context included; at most %,d are allowed"
              .formatted(ids.length, limits.promptTokens()));
    }
    for (int id : ids) {
      if (id < 0 || id >= vocabulary.size()) {
        throw ApiException.field(
            "prompt", "there is no token %d; ids are below %,d".formatted(id, vocabulary.size()));
      }
    }
  }
}
