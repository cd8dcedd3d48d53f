package org.lm4j.serve;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.serve.engine.BusyException;
import org.lm4j.serve.engine.LogitChanges;
import org.lm4j.serve.engine.TextEngine;
import org.lm4j.serve.engine.TextListener;
import org.lm4j.serve.engine.TextRequest;
import org.lm4j.serve.engine.TextToken;
import org.lm4j.text.Vocabulary;

/** Answers requests for embeddings: the last layer's hidden state after a text. */
final class Embeddings {
  private final ServerOptions options;
  private final ServedModels models;

  Embeddings(ServerOptions options, ServedModels models) {
    this.options = options;
    this.models = models;
  }

  /** Waits for the end of a text. */
  private static final class Ended implements TextListener {
    final CompletableFuture<double[]> state = new CompletableFuture<>();

    @Override
    public void token(TextToken token) {}

    @Override
    public void end(Ending ending, String rest, double[] hidden) {
      if (ending == Ending.LENGTH) {
        state.complete(hidden);
      } else {
        state.completeExceptionally(
            ApiException.of(503, "the server is too busy: try again later"));
      }
    }

    @Override
    public void failed(RuntimeException exception) {
      state.completeExceptionally(exception);
    }
  }

  /** Answers one request. */
  void answer(Exchange exchange) throws IOException, InterruptedException {
    JsonFields fields = exchange.body();
    String name = fields.text("model", "");
    Object input = fields.get("input");
    String format = fields.text("encoding_format", "float");
    fields.text("user", "");
    fields.requireNoOther();
    if (!format.equals("float") && !format.equals("base64")) {
      throw ApiException.field("encoding_format", "'encoding_format' must be float or base64");
    }
    if (input == null) {
      throw ApiException.field("input", "'input' is missing");
    }
    try (ServedModel.Hold hold = models.hold(name)) {
      ServedModel model = hold.model();
      List<int[]> texts = texts(input, model.vocabulary());
      List<Ended> ended = submit(texts, model);
      List<Object> data = new ArrayList<>();
      for (Ended text : ended) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("object", "embedding");
        entry.put("index", data.size());
        double[] state = state(text);
        entry.put("embedding", format.equals("float") ? state : base64(state));
        data.add(entry);
      }
      long read = texts.stream().mapToLong(text -> text.length).sum();
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("object", "list");
      answer.put("data", data);
      answer.put("model", model.name());
      answer.put("usage", Map.of("prompt_tokens", read, "total_tokens", read));
      exchange.send(200, answer);
    }
  }

  private static double[] state(Ended text) throws InterruptedException {
    try {
      return text.state.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    }
  }

  private List<Ended> submit(List<int[]> texts, ServedModel model) {
    List<Ended> ended = new ArrayList<>();
    List<Runnable> cancels = new ArrayList<>();
    Object owner = new Object();
    TextEngine engine = model.engineOfStates();
    try {
      for (int[] text : texts) {
        Ended listener = new Ended();
        TextRequest request =
            new TextRequest(
                text,
                0,
                SamplingOptions.DEFAULT,
                0,
                0,
                0,
                List.of(),
                TextRequest.Scoring.NONE,
                true,
                LogitChanges.NONE);
        cancels.add(engine.submit(owner, request, listener));
        ended.add(listener);
      }
    } catch (BusyException e) {
      cancels.forEach(Runnable::run);
      throw ApiException.of(503, e);
    }
    return ended;
  }

  private List<int[]> texts(Object input, Vocabulary vocabulary) {
    List<int[]> texts = new ArrayList<>();
    if (input instanceof String) {
      texts.add(encode(input, vocabulary));
    } else if (input instanceof List<?> list
        && !list.isEmpty()
        && list.size() <= options.texts()
        && !(list.getFirst() instanceof Number)) {
      list.forEach(item -> texts.add(encode(item, vocabulary)));
    } else if (input instanceof List<?> list && !list.isEmpty()) {
      texts.add(encode(list, vocabulary));
    } else {
      throw ApiException.field(
          "input",
          "'input' must be a text, a list of token ids, or a list of at most %,d of these"
              .formatted(options.texts()));
    }
    return texts;
  }

  private int[] encode(@Nullable Object given, Vocabulary vocabulary) {
    int[] ids =
        given instanceof String text
            ? CompletionRequest.encode("input", text, vocabulary)
            : CompletionRequest.ids(given);
    if (ids.length == 0) {
      throw ApiException.field("input", "a text in 'input' is empty");
    }
    CompletionRequest.requireKnown(ids, vocabulary, options);
    return ids;
  }

  private static String base64(double[] state) {
    ByteBuffer bytes =
        ByteBuffer.allocate(state.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(state).forEach(number -> bytes.putFloat((float) number));
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
