package org.lm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.InputException;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.decode.Sampling;
import org.lm4j.decode.SamplingOptions;
import org.lm4j.io.Json;
import org.lm4j.serve.engine.Limits;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;
import tools.jackson.databind.JsonNode;

/** The server answers as OpenAI's does, with the model's own texts and numbers. */
class TextServerTest {
  private static final Path FOLDER = Path.of("models/java-source");
  private static final Limits LIMITS = new Limits(16, 200, 1 << 20, 60);

  private static final List<String> LOG = new ArrayList<>();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static Backend backend;
  private static ServedModels models;
  private static TextServer server;
  private static LanguageModel alone;

  @BeforeAll
  static void open() {
    backend = new CpuBackend(null, 2);
    models = new ServedModels(List.of(FOLDER), backend, LIMITS, LOG::add);
    server = new TextServer(ServerOptions.defaults().at("127.0.0.1", 0), models, LOG::add);
    alone = LanguageModel.load(FOLDER, backend);
  }

  @AfterAll
  static void close() {
    server.close();
    models.close();
    alone.close();
    backend.close();
    assertThat(LOG).isEmpty();
  }

  private static HttpRequest.Builder to(TextServer to, String path) {
    return HttpRequest.newBuilder(URI.create(to.url()).resolve(path));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpResponse<String> post(String path, String body) {
    return send(to(server, path).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private static JsonNode json(String text) {
    return Json.parse(text, "the answer", JsonNode.class);
  }

  private static JsonNode ok(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json(response.body());
  }

  private static String expected(String prompt, int seed, int length) {
    SamplingOptions options = new SamplingOptions(0.7, 5, 0.9, false);
    return alone.generate(prompt, new Sampling(options, seed, length, List.of(";")));
  }

  private static String request(String prompt, int seed, int length, String more) {
    return """
        {"prompt": "%s", "max_tokens": %d, "seed": %d, "temperature": 0.7, "top_k": 5,
         "top_p": 0.9, "stop": ";"%s}"""
        .formatted(prompt, length, seed, more);
  }

  @Test
  void aCompletionIsTheTextThatTheModelGenerates() {
    JsonNode answer = ok(post("/v1/completions", request("  public ", 3, 40, "")));
    JsonNode choice = answer.get("choices").get(0);
    assertThat(choice.get("text").stringValue()).isEqualTo(expected("  public ", 3, 40));
    assertThat(choice.get("logprobs").isNull()).isTrue();
    assertThat(choice.get("finish_reason").stringValue()).isIn("stop", "length");
    assertThat(answer.get("object").stringValue()).isEqualTo("text_completion");
    assertThat(answer.get("model").stringValue()).isEqualTo("java-source");
    assertThat(answer.get("usage").get("prompt_tokens").intValue()).isEqualTo(9);
    JsonNode greedy =
        ok(post("/v1/completions", "{\"prompt\": \"pub\", \"temperature\": 0, \"n\": 2}"));
    assertThat(greedy.get("choices").get(1).get("text").stringValue())
        .isEqualTo(alone.generate("pub", Sampling.greedy().length(16)));
  }

  @Test
  void aRepetitionPenaltyGivesTheTextThatTheLibraryGives() {
    Sampling sampling = Sampling.temperature(0.8).seed(3).length(90);
    String expected = alone.generate("public", sampling.repetitionPenalty(1.3));
    assertThat(expected).isNotEqualTo(alone.generate("public", sampling));
    String request =
        "{\"prompt\": \"public\", \"temperature\": 0.8, \"seed\": 3, \"max_tokens\": 90,"
            + " \"repetition_penalty\": %s}";
    JsonNode answer = ok(post("/v1/completions", request.formatted("1.3")));
    assertThat(answer.get("choices").get(0).get("text").stringValue()).isEqualTo(expected);
    assertThat(post("/v1/completions", request.formatted("11")).body())
        .contains("'repetition_penalty' is 11.0; it must be from 0.1 to 10.0");
  }

  @Test
  void aStreamHasTheSameTextInPieces() {
    String body =
        request(
            "  public ",
            5,
            30,
            ", \"stream\": true, \"stream_options\": {\"include_usage\": true}");
    HttpResponse<String> response = post("/v1/completions", body);
    assertThat(response.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/event-stream");
    List<String> events =
        Stream.of(response.body().split("\n\n"))
            .map(event -> event.substring("data: ".length()))
            .toList();
    assertThat(events.getLast()).isEqualTo("[DONE]");
    StringBuilder text = new StringBuilder();
    for (String event : events.subList(0, events.size() - 2)) {
      JsonNode chunk = Json.parse(event, "a chunk", JsonNode.class);
      text.append(chunk.get("choices").get(0).get("text").stringValue());
    }
    assertThat(text.toString()).isEqualTo(expected("  public ", 5, 30));
    assertThat(events).hasSizeGreaterThan(2);
    JsonNode last = Json.parse(events.get(events.size() - 2), "the usage", JsonNode.class);
    assertThat(last.get("usage").get("prompt_tokens").intValue()).isEqualTo(9);
  }

  @Test
  void requestsSideBySideGetTheirOwnTexts() {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String stream = i % 2 == 0 ? "" : ", \"n\": 1";
      HttpRequest request =
          to(server, "/v1/completions")
              .POST(HttpRequest.BodyPublishers.ofString(request("import ", i, 20 + i, stream)))
              .build();
      answers.add(CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
    }
    for (int i = 0; i < answers.size(); i++) {
      JsonNode choice = ok(answers.get(i).join()).get("choices").get(0);
      assertThat(choice.get("text").stringValue()).isEqualTo(expected("import ", i, 20 + i));
    }
  }

  @Test
  void logProbabilitiesOfAPromptAddUpToItsScore() {
    String line = "public static void main";
    String body = "{\"prompt\": \"%s\", \"max_tokens\": 0, \"echo\": true, \"logprobs\": 1%s}";
    JsonNode choice = ok(post("/v1/completions", body.formatted(line, ""))).get("choices").get(0);
    assertThat(choice.get("text").stringValue()).isEqualTo(line);
    JsonNode logprobs = choice.get("logprobs");
    assertThat(logprobs.get("token_logprobs").get(0).isNull()).isTrue();
    assertThat(logprobs.get("tokens").size()).isEqualTo(line.length());
    assertThat(logprobs.get("text_offset").get(3).intValue()).isEqualTo(3);
    assertThat(sum(logprobs)).isCloseTo(-alone.score(line).nats(), within(1e-4));

    JsonNode after = ok(post("/v1/completions", body.formatted(line, ", \"context\": \"\\n\"")));
    JsonNode scored = ok(post("/v1/score", "{\"lines\": [\"%s\"], \"top\": 1}".formatted(line)));
    LineScore expected;
    try (Stream<LineScore> scores = alone.score(Stream.of(line), LineScoring.defaults())) {
      expected = scores.findFirst().orElseThrow();
    }
    double nats = expected.tokens().stream().mapToDouble(LineScore.Token::nats).sum();
    assertThat(sum(after.get("choices").get(0).get("logprobs"))).isCloseTo(-nats, within(1e-4));
    JsonNode data = scored.get("data").get(0);
    assertThat(data.get("nats").doubleValue()).isCloseTo(nats, within(1e-6));
    assertThat(data.get("words").size()).isEqualTo(4);
    double words = 0;
    for (JsonNode word : data.get("words")) {
      words += word.get("nats").doubleValue();
    }
    assertThat(words).isCloseTo(nats, within(1e-6));
    assertThat(data.get("tokens").get(1).get("top").get(0).get("text").isString()).isTrue();
  }

  private static double sum(JsonNode logprobs) {
    double sum = 0;
    for (JsonNode logprob : logprobs.get("token_logprobs")) {
      sum += logprob.isNull() ? 0 : logprob.doubleValue();
    }
    return sum;
  }

  @Test
  void embeddingsAreStatesInBothForms() {
    JsonNode plain = ok(post("/v1/embeddings", "{\"input\": [\"public\", \"static\"]}"));
    JsonNode packed =
        ok(post("/v1/embeddings", "{\"input\": \"static\", \"encoding_format\": \"base64\"}"));
    JsonNode numbers = plain.get("data").get(1).get("embedding");
    byte[] bytes =
        Base64.getDecoder().decode(packed.get("data").get(0).get("embedding").stringValue());
    ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes).hasSize(4 * numbers.size()).hasSize(4 * 160);
    for (JsonNode number : numbers) {
      assertThat((double) floats.getFloat()).isEqualTo(number.doubleValue());
    }
  }

  @Test
  void tokensGoBothWays() {
    JsonNode tokens = ok(post("/tokenize", "{\"prompt\": \"int x;\"}")).get("tokens");
    assertThat(tokens.size()).isEqualTo(6);
    JsonNode text = ok(post("/detokenize", "{\"tokens\": %s}".formatted(Json.line(tokens))));
    assertThat(text.get("prompt").stringValue()).isEqualTo("int x;");
  }

  static Stream<List<String>> wrongRequests() {
    return Stream.of(
        List.of("/v1/completions", "{}", "400", "'prompt' is missing"),
        List.of("/v1/completions", "[]", "400", "is not a JSON object"),
        List.of("/v1/completions", "{\"prompt\": ", "400", "the request's body"),
        List.of("/v1/completions", "{\"prompt\": 1}", "400", "must be a text, a list"),
        List.of("/v1/completions", "{\"prompt\": [99999]}", "400", "there is no token 99999"),
        List.of("/v1/completions", "{\"prompt\": \"a\", \"best_off\": 1}", "400", "'best_off' is"),
        List.of("/v1/completions", "{\"prompt\": \"a\", \"suffix\": \"b\"}", "400", "'suffix' is"),
        List.of(
            "/v1/completions", "{\"prompt\": \"a\", \"presence_penalty\": 3}", "400", "_penalty"),
        List.of("/v1/completions", "{\"prompt\": \"a\", \"temperature\": -1}", "400", "from 0.0"),
        List.of("/v1/completions", "{\"prompt\": \"a\", \"top_p\": 0}", "400", "above 0"),
        List.of("/v1/completions", "{\"prompt\": \"a\", \"max_tokens\": 1e9}", "400", "whole"),
        List.of("/v1/completions", "{\"prompt\": \"a\", \"max_tokens\": -1}", "400", "from 0"),
        List.of("/v1/completions", "{\"prompt\": \"a\", \"logprobs\": true}", "400", "whole"),
        List.of("/v1/completions", "{\"prompt\": \"a\", \"stop\": [\"\"]}", "400", "empty"),
        List.of("/v1/completions", "{\"prompt\": \"a\", \"model\": \"b\"}", "404", "no model 'b'"),
        List.of("/v1/score", "{\"lines\": []}", "400", "'lines' is missing"),
        List.of("/v1/score", "{\"lines\": [\"a\\nb\"]}", "400", "a line has a line end"),
        List.of("/v1/embeddings", "{\"input\": \"\"}", "400", "is empty"),
        List.of("/v1/chat/completions", "{}", "404", "no form of a chat"),
        List.of("/metrics", "{}", "405", "takes GET"),
        List.of("/../../etc/passwd", "{}", "404", "nothing at this path"));
  }

  @ParameterizedTest
  @MethodSource("wrongRequests")
  void whatIsWrongGetsASentence(List<String> wrong) {
    HttpResponse<String> response = post(wrong.get(0), wrong.get(1));
    assertThat(response.statusCode()).isEqualTo(Integer.parseInt(wrong.get(2)));
    JsonNode error = json(response.body()).get("error");
    assertThat(error.get("message").stringValue()).contains(wrong.get(3));
    assertThat(response.body()).doesNotContain("Exception").doesNotContain("at org.lm4j");
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() {
    String large = "{\"prompt\": \"" + "a".repeat(9 << 20) + "\"}";
    try {
      assertThat(post("/v1/completions", large).statusCode()).isEqualTo(413);
    } catch (IllegalStateException e) { // the connection may end before all is sent
      assertThat(e.getCause()).isInstanceOf(IOException.class);
    }
    assertThat(post("/tokenize", "{\"prompt\": \"a\"}").statusCode()).isEqualTo(200);
  }

  @Test
  void aTokenIsNeededWhereThereIsOneAndOtherMachinesAreKeptOutWithoutOne() {
    ServerOptions open = ServerOptions.defaults().at("0.0.0.0", 0);
    assertThatThrownBy(() -> new TextServer(open, models, LOG::add))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("can be reached from other machines");
    ServerOptions secret = ServerOptions.defaults().at("127.0.0.1", 0).withToken("secret");
    try (TextServer guarded = new TextServer(secret, models, LOG::add)) {
      assertThat(send(to(guarded, "/v1/models")).statusCode()).isEqualTo(401);
      assertThat(send(to(guarded, "/v1/models").header("Authorization", "Bearer secreT")))
          .returns(401, HttpResponse::statusCode);
      assertThat(send(to(guarded, "/v1/models").header("Authorization", "Bearer secret")))
          .returns(200, HttpResponse::statusCode);
      assertThat(send(to(guarded, "/health")).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void stoppingFinishesWhatIsShortAndEndsWhatIsLong() {
    TextServer other =
        new TextServer(ServerOptions.defaults().at("127.0.0.1", 0), models, LOG::add);
    String body = "{\"prompt\": \"a\", \"max_tokens\": %d, \"stream\": %s}";
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (String one : List.of(body.formatted(200, false), body.formatted(60_000, true))) {
      HttpRequest.Builder request =
          to(other, "/v1/completions").POST(HttpRequest.BodyPublishers.ofString(one));
      answers.add(CLIENT.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString()));
    }
    while (!send(to(other, "/metrics")).body().contains("lm4j_requests_active 3\n")) {
      Thread.onSpinWait();
    }
    other.stop(0.5);
    assertThat(answers.get(0).join().statusCode()).isEqualTo(200);
    assertThat(answers.get(1).join().body()).contains("\"cancelled\"").contains("[DONE]");
    assertThat(post("/tokenize", "{\"prompt\": \"a\"}").statusCode()).isEqualTo(200);
  }

  @Test
  void aModelWhoseFilesChangeIsReloaded(@TempDir Path place)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectory(place.resolve("changing"));
    copy(folder);
    List<String> log = new ArrayList<>();
    try (ServedModels changing = new ServedModels(List.of(folder), backend, LIMITS, log::add)) {
      ServedModel old;
      try (ServedModel.Hold hold = changing.hold("")) {
        old = hold.model();
        changing.reload();
        assertThat(log).isEmpty();
        copy(folder);
        changing.reload();
        assertThat(log).containsExactly("reloaded changing");
        try (ServedModel.Hold fresh = changing.hold("changing")) {
          assertThat(fresh.model()).isNotSameAs(old);
        }
        awaitRetired(old); // while it is held
        assertThat(old.score(List.of("int"), LineScoring.defaults())).hasSize(1); // still open
      }
      Files.writeString(folder.resolve("config.json"), "{");
      changing.reload();
      changing.reload();
      assertThat(log).hasSize(2);
      assertThat(log.getLast())
          .startsWith("changing cannot be reloaded, so the version before is still served: ");
      changing.reloadAll();
      assertThat(log).hasSize(3);
      assertThat(log.getLast()).startsWith("changing cannot be reloaded");
      copy(folder);
      changing.reload();
      changing.reloadAll(); // though nothing has changed
      assertThat(log.subList(3, log.size()))
          .containsExactly("reloaded changing", "reloaded changing");
      assertThat(changing.names()).containsExactly("changing");
    }
  }

  /** A request that has found a version just before it was replaced does not wait for it. */
  private static void awaitRetired(ServedModel old) throws InterruptedException {
    for (ServedModel.Hold late = old.hold(); late != null; late = old.hold()) {
      late.close();
      Thread.sleep(5);
    }
  }

  private static void copy(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  @Test
  void whatItDidIsCounted() {
    ok(post("/tokenize", "{\"prompt\": \"a\"}"));
    String counted = "lm4j_requests_total{path=\"/tokenize\",status=\"200\"}";
    String metrics = send(to(server, "/metrics")).body();
    while (!metrics.contains(counted)) { // a request is counted once its answer was sent
      metrics = send(to(server, "/metrics")).body();
    }
    assertThat(metrics)
        .contains("lm4j_generated_tokens_total{model=\"java-source\"}")
        .contains("# TYPE lm4j_request_duration_seconds histogram");
    JsonNode list = ok(send(to(server, "/v1/models")));
    assertThat(list.get("data").get(0).get("id").stringValue()).isEqualTo("java-source");
  }
}
