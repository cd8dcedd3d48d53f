package org.lm4j.serve;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lm4j.decode.SamplingOptions;

/** Answers requests for the models that are served, as OpenAI's API does. */
final class ModelList {
  /** What comes before the name of one model. */
  static final String ONE = "/v1/models/";

  private final ServedModels models;

  ModelList(ServedModels models) {
    this.models = models;
  }

  /** Answers with all models, the default first. */
  void all(Exchange exchange) throws IOException {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("object", "list");
    answer.put("data", models.all().stream().map(ModelList::entry).toList());
    exchange.send(200, answer);
  }

  /** Answers with the model that the path names. */
  void one(Exchange exchange) throws IOException {
    try (ServedModel.Hold hold = models.hold(exchange.path().substring(ONE.length()))) {
      exchange.send(200, entry(hold.model()));
    }
  }

  private static Map<String, Object> entry(ServedModel model) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("id", model.name());
    entry.put("object", "model");
    entry.put("created", model.created());
    entry.put("owned_by", "lm4j");
    entry.put("kind", model.kind());
    entry.put("level", model.vocabulary().level().label());
    entry.put("vocabulary", model.vocabulary().size());
    entry.put("generates", model.engine() != null);
    SamplingOptions sampling = model.sampling();
    if (sampling != null) { // for the page; a request names its own
      entry.put(
          "sampling",
          Map.of(
              "temperature", sampling.temperature(),
              "top_k", sampling.topK(),
              "top_p", sampling.topP(),
              "min_p", sampling.minP(),
              "repetition_penalty", sampling.repetitionPenalty()));
    }
    return entry;
  }
}
