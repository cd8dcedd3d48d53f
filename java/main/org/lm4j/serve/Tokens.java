package org.lm4j.serve;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.Detokenizer;
import org.lm4j.text.Vocabulary;

/** Answers requests that turn texts into token ids and back. */
final class Tokens {
  private final ServerOptions options;
  private final ServedModels models;

  Tokens(ServerOptions options, ServedModels models) {
    this.options = options;
    this.models = models;
  }

  /** Answers a request for the tokens of a text. */
  void tokenize(Exchange exchange) throws IOException {
    JsonFields fields = exchange.body();
    String name = fields.text("model", "");
    String text = fields.text("prompt", fields.text("content", ""));
    fields.flag("add_special_tokens", false); // there are none
    fields.requireNoOther();
    try (ServedModel.Hold hold = models.hold(name)) {
      int[] ids = CompletionRequest.encode("prompt", text, hold.model().vocabulary());
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("tokens", ids);
      answer.put("count", ids.length);
      answer.put("max_model_len", options.promptTokens());
      exchange.send(200, answer);
    }
  }

  /** Answers a request for the text of tokens. */
  void detokenize(Exchange exchange) throws IOException {
    JsonFields fields = exchange.body();
    String name = fields.text("model", "");
    Object tokens = fields.get("tokens");
    fields.requireNoOther();
    if (tokens == null) {
      throw ApiException.field("tokens", "'tokens' is missing: a list of token ids");
    }
    try (ServedModel.Hold hold = models.hold(name)) {
      Vocabulary vocabulary = hold.model().vocabulary();
      int[] ids = CompletionRequest.ids(tokens);
      CompletionRequest.requireKnown(ids, vocabulary, options);
      String text = Detokenizer.text(vocabulary, ids);
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("prompt", text);
      answer.put("content", text);
      exchange.send(200, answer);
    }
  }

  /** Answers a request for the tokens that have a role. */
  void info(Exchange exchange) throws IOException {
    try (ServedModel.Hold hold = models.hold("")) {
      Vocabulary vocabulary = hold.model().vocabulary();
      int lineEnd = vocabulary.lineEnd();
      String end = lineEnd < 0 ? null : Detokenizer.text(vocabulary, new int[] {lineEnd});
      Map<String, @Nullable Object> answer = new LinkedHashMap<>();
      answer.put("tokenizer_class", "lm4j-" + vocabulary.level().label());
      answer.put("vocab_size", vocabulary.size());
      answer.put("eos_token", end);
      answer.put("bos_token", end);
      answer.put("pad_token", end);
      answer.put("chat_template", null);
      exchange.send(200, answer);
    }
  }
}
