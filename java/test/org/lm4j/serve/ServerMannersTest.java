package org.lm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.io.Json;
import org.lm4j.serve.engine.Limits;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.ScoringModel;
import tools.jackson.databind.JsonNode;

/** What clients of OpenAI's API and of HTTP expect of a server, beside its texts. */
class ServerMannersTest {
  private static final Path FOLDER = Path.of("models/java-source");
  private static final List<String> ACCESS = new CopyOnWriteArrayList<>();

  private static Backend backend;
  private static ServedModels models;
  private static TextServer server;
  private static ApiClient client;

  @BeforeAll
  static void open() {
    backend = new CpuBackend(null, 2);
    Limits limits = new Limits(16, 200, 1 << 20, 60);
    models = new ServedModels(List.of(FOLDER), backend, limits, line -> {});
    ServerOptions options = ServerOptions.defaults().at("127.0.0.1", 0);
    server = new TextServer(options, models, line -> {}, ACCESS::add);
    client = new ApiClient(server);
  }

  @AfterAll
  static void close() {
    server.close();
    models.close();
    backend.close();
  }

  /** Chooses the most likely token after penalties, by the formula in OpenAI's description. */
  private static String penalized(String prompt, double frequency, double presence, int length) {
    StringBuilder text = new StringBuilder();
    try (LanguageModel model = LanguageModel.load(FOLDER, backend);
        ScoringModel.Cursor cursor = model.cursor()) {
      int size = model.vocabulary().size();
      for (int id : model.vocabulary().encode(prompt)) {
        cursor.read(id);
      }
      int[] counts = new int[size];
      double[] logs = new double[size];
      for (int i = 0; i < length; i++) {
        cursor.logProbabilities(logs);
        int best = -1;
        double most = Double.NEGATIVE_INFINITY;
        for (int id = 0; id < size; id++) {
          double value = logs[id] - counts[id] * frequency - (counts[id] > 0 ? presence : 0);
          if (value > most && id != model.vocabulary().unknown()) {
            most = value;
            best = id;
          }
        }
        counts[best]++;
        text.append(model.vocabulary().token(best));
        cursor.read(best);
      }
    }
    return text.toString();
  }

  @Test
  void penaltiesAreThoseOfOpenAisFormula() {
    String body =
        "{\"prompt\": \"public\", \"max_tokens\": 60, \"temperature\": 0,"
            + " \"frequency_penalty\": %s, \"presence_penalty\": %s}";
    String plain = penalized("public", 0, 0, 60);
    for (double[] penalties : new double[][] {{0, 0}, {0.4, 0}, {0, 1.5}, {0.3, 0.7}, {-1, 0}}) {
      String expected = penalized("public", penalties[0], penalties[1], 60);
      assertThat(expected.equals(plain)).isEqualTo(penalties[0] == 0 && penalties[1] == 0);
      assertThat(
              client.choice(body.formatted(penalties[0], penalties[1])).get("text").stringValue())
          .isEqualTo(expected);
    }
    assertThat(client.refused(400, "/v1/completions", body.formatted(2.5, 0)))
        .isEqualTo("'frequency_penalty' is 2.5; it must be from -2.0 to 2.0");
  }

  @Test
  void biasesForceAndForbidTokens() {
    int semicolon;
    int space;
    try (LanguageModel model = LanguageModel.load(FOLDER, backend)) {
      semicolon = model.vocabulary().encode(";")[0];
      space = model.vocabulary().encode(" ")[0];
    }
    String body =
        "{\"prompt\": \"int x\", \"max_tokens\": 12, \"seed\": 1, \"logprobs\": 0,"
            + " \"logit_bias\": {\"%s\": %s}}";
    JsonNode forced = client.choice(body.formatted(semicolon, 100));
    assertThat(forced.get("text").stringValue()).isEqualTo(";".repeat(12));
    JsonNode scores = forced.get("logprobs").get("token_logprobs");
    assertThat(scores.get(5).doubleValue()).isLessThan(-1); // that of the model, without the bias
    assertThat(client.choice(body.formatted(space, -100)).get("text").stringValue())
        .doesNotContain(" ");
    for (String wrong : List.of("\"x\": 1", "\"-1\": 1", "\"1\": 101", "\"1\": true")) {
      String with = "{\"prompt\": \"a\", \"logit_bias\": {%s}}".formatted(wrong);
      assertThat(client.refused(400, "/v1/completions", with)).startsWith("'logit_bias' must be");
    }
    assertThat(client.refused(400, "/v1/completions", body.formatted(116, 1)))
        .isEqualTo("there is no token 116; ids are below 116");
    assertThat(
            client.refused(400, "/v1/completions", "{\"prompt\": \"a\", \"n\": 1, \"best_of\": 2}"))
        .contains("'best_of' is not supported");
  }

  @Test
  void theLastEventOfAStreamHasTheNumberOfTokens() {
    String body =
        "{\"prompt\": \"import\", \"max_tokens\": 9, \"stream\": true, \"stream_options\": %s}";
    List<JsonNode> events =
        Stream.of(
                client
                    .post("/v1/completions", body.formatted("{\"include_usage\": true}"))
                    .body()
                    .split("\n\n"))
            .map(event -> event.substring("data: ".length()))
            .filter(event -> !event.equals("[DONE]"))
            .map(event -> Json.parse(event, "an event", JsonNode.class))
            .toList();
    JsonNode usage = events.getLast().get("usage");
    assertThat(usage.get("completion_tokens").intValue()).isEqualTo(9);
    assertThat(usage.get("prompt_tokens").intValue()).isEqualTo(6);
    assertThat(events.getLast().get("choices").isEmpty()).isTrue();
    assertThat(events.subList(0, events.size() - 1))
        .isNotEmpty()
        .allMatch(event -> event.has("usage") && event.get("usage").isNull());
    assertThat(client.post("/v1/completions", body.formatted("{}")).body()).doesNotContain("usage");
    assertThat(
            client
                .post("/v1/completions", body.formatted("{\"include_obfuscation\": false}"))
                .body())
        .endsWith("data: [DONE]\n\n")
        .doesNotContain("usage", "obfuscation");
    assertThat(
            client.refused(
                400, "/v1/completions", body.formatted("{\"include_obfuscation\": true}")))
        .contains("'include_obfuscation' as false");
    assertThat(client.refused(400, "/v1/completions", body.formatted("{\"x\": 1}")))
        .contains("'include_usage' alone");
  }

  @Test
  void severalPromptsHaveSeveralTextsInOrder() {
    String body =
        "{\"prompt\": [\"int\", [3, 4]], \"n\": 2, \"max_tokens\": 5, \"temperature\": 0,"
            + " \"echo\": true}";
    JsonNode answer = ApiClient.ok(client.post("/v1/completions", body));
    JsonNode choices = answer.get("choices");
    assertThat(choices.size()).isEqualTo(4);
    for (int i = 0; i < 4; i++) {
      assertThat(choices.get(i).get("index").intValue()).isEqualTo(i);
      assertThat(choices.get(i).get("text").stringValue()).startsWith(i < 2 ? "int" : "\"#");
    }
    assertThat(answer.get("usage").get("completion_tokens").intValue()).isEqualTo(20);
  }

  /** A request of a few bytes must not fill the memory of the server. */
  @Test
  void answersHaveOnlySoManyNumbers() {
    String many = "{\"prompt\": \"int\", \"n\": 9, \"max_tokens\": 65536, \"logprobs\": 0}";
    assertThat(client.refused(400, "/v1/completions", many))
        .isEqualTo(
            "the answer may have up to 589,824 log-probabilities, but 524,288 are allowed: ask for"
                + " fewer texts, tokens or alternatives");
    String echoed =
        "{\"prompt\": \""
            + "a".repeat(3000)
            + "\", \"n\": 2, \"max_tokens\": 0, \"echo\": true, \"logprobs\": 100}";
    assertThat(client.refused(400, "/v1/completions", echoed))
        .startsWith("the answer may have up to 606,000 log-probabilities");
    String lines = "{\"lines\": [\"%s\"], \"top\": %d}".formatted("a".repeat(6000), 100);
    assertThat(client.refused(400, "/v1/score", lines))
        .startsWith("the answer may have up to 606,");
    String context = "\"context\": \"" + "a".repeat(65_530) + "\"";
    assertThat(client.refused(400, "/v1/score", "{\"lines\": [\"int i = 1\"], " + context + "}"))
        .startsWith("a line has 65,539 characters, its context included; at most 65,536");
    assertThat(
            client.refused(400, "/v1/completions", "{\"prompt\": \"int i = 1\", " + context + "}"))
        .startsWith("the prompt has 65,539 tokens, its context included; at most 65,536");
    String stop = "{\"prompt\": \"a\", \"stop\": \"" + "a".repeat(257) + "\"}";
    assertThat(client.refused(400, "/v1/completions", stop))
        .isEqualTo("a text in 'stop' has 257 characters; at most 256 are allowed");
    String name = "{\"prompt\": \"a\", \"model\": \"" + "m".repeat(9999) + "\"}";
    assertThat(client.refused(404, "/v1/completions", name)).hasSizeLessThan(200);
  }

  @Test
  void scoringTakesNoMoreTimeThanATextMay() {
    Limits limits = new Limits(4, 10, 0, 1e-9);
    ServerOptions options = ServerOptions.defaults().at("127.0.0.1", 0);
    try (ServedModels hasty = new ServedModels(List.of(FOLDER), backend, limits, line -> {});
        TextServer other = new TextServer(options, hasty, line -> {})) {
      assertThat(new ApiClient(other).refused(503, "/v1/score", "{\"lines\": [\"int\"]}"))
          .isEqualTo("scoring took longer than 1.0E-9 seconds: send fewer lines at once");
    }
  }

  @Test
  void oneModelIsDescribed() {
    JsonNode model = ApiClient.ok(client.get("/v1/models/java-source"));
    assertThat(model.get("id").stringValue()).isEqualTo("java-source");
    assertThat(model.get("object").stringValue()).isEqualTo("model");
    assertThat(ApiClient.ok(client.get("/v1/models/java%2Dsource"))).isEqualTo(model);
    assertThat(ApiClient.error(404, client.get("/v1/models/other")))
        .isEqualTo("there is no model 'other'; there is java-source");
    assertThat(ApiClient.error(404, client.get("/v1/models/")))
        .startsWith("there is nothing at this path; there are ");
    assertThat(ApiClient.error(404, client.get("/v1/models/%7Bmodel%7D")))
        .startsWith("there is no model '{model}'");
    assertThat(client.get("/metrics").body())
        .contains("lm4j_requests_total{path=\"/v1/models/{model}\",status=\"200\"}");
  }

  @Test
  void methodsAreAnsweredAsHttpHasThem() {
    HttpRequest.BodyPublisher none = HttpRequest.BodyPublishers.noBody();
    HttpResponse<String> options =
        client.send(client.to("/v1/completions").method("OPTIONS", none));
    assertThat(options.statusCode()).isEqualTo(204);
    assertThat(options.headers().firstValue("Allow")).hasValue("POST, OPTIONS");
    assertThat(options.headers().map()).doesNotContainKey("access-control-allow-origin");
    HttpResponse<String> head = client.send(client.to("/v1/models").method("HEAD", none));
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    HttpResponse<String> put = client.send(client.to("/metrics").method("PUT", none));
    assertThat(ApiClient.error(405, put)).isEqualTo("this path takes GET");
    assertThat(put.headers().firstValue("Allow")).hasValue("GET, HEAD, OPTIONS");
  }

  /** A page of another site can send such a request by a browser, though not read the answer. */
  @Test
  void pagesOfOtherSitesMakeNothingCompute() {
    for (String site : List.of("cross-site", "same-site", "same-origin", "none")) {
      HttpResponse<String> answer =
          client.send(
              client
                  .to("/tokenize")
                  .header("Sec-Fetch-Site", site)
                  .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"int\"}")));
      if (site.endsWith("-site")) {
        assertThat(ApiClient.error(403, answer)).startsWith("pages of other sites may not use");
      } else {
        assertThat(answer.statusCode()).isEqualTo(200);
      }
    }
    HttpResponse<String> link = client.send(client.to("/").header("Sec-Fetch-Site", "cross-site"));
    assertThat(link.statusCode()).isEqualTo(200);
  }

  /** Clients that begin many large requests and never end them do not fill the memory. */
  @Test
  void onlySoManyLargeRequestsAreReadAtOnce() throws IOException, InterruptedException {
    byte[] begun = new byte[100_000];
    Arrays.fill(begun, (byte) ' ');
    String head = "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n";
    List<Socket> sockets = new ArrayList<>();
    String large = "{\"prompt\": \"" + "a".repeat(65_536) + "\"}";
    try {
      for (int i = 0; i < 40; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        sockets.add(socket);
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(begun);
      }
      while (client.post("/tokenize", large).statusCode() != 503) {
        Thread.sleep(20);
      }
      assertThat(client.post("/tokenize", "{\"prompt\": \"int\"}").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    while (client.post("/tokenize", large).statusCode() == 503) {
      Thread.sleep(20);
    }
  }

  @Test
  void whatIsAbsentSaysWhatExists() {
    assertThat(client.refused(404, "/v1/chat/completions", "{}"))
        .isEqualTo(
            "the models of this server continue texts and have no form of a chat: use"
                + " /v1/completions");
    assertThat(client.refused(404, "/completions", "{}"))
        .startsWith("there is nothing at this path; there are /v1/completions, /v1/score, ");
  }

  @Test
  void requestsHaveIdsAndLinesInTheLog() throws InterruptedException {
    HttpResponse<String> named = client.send(client.to("/health").header("X-Request-Id", "my-7"));
    assertThat(named.headers().firstValue("X-Request-Id")).hasValue("my-7");
    HttpResponse<String> bad = client.send(client.to("/a%20b\u00e9").header("X-Request-Id", "a b"));
    String id = bad.headers().firstValue("X-Request-Id").orElseThrow();
    assertThat(id).startsWith("req-");
    while (ACCESS.stream().filter(line -> line.endsWith("my-7") || line.endsWith(id)).count() < 2) {
      Thread.sleep(10); // a line is written once the answer was sent
    }
    assertThat(ACCESS)
        .anyMatch(line -> line.matches("20\\S+Z 127\\.0\\.0\\.1 GET /health 200 [0-9.]+ ms my-7"))
        .anyMatch(line -> line.matches("\\S+ \\S+ GET /a%20b%C3%A9 404 [0-9.]+ ms " + id));
  }

  /** The JDK's server keeps 200 connections unless it is set to keep more. */
  @Test
  void connectionsOfManyClientsAreKept() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    byte[] request = RequestFuzzer.request("GET /health", new byte[0]);
    try {
      for (int i = 0; i < 230; i++) {
        sockets.add(new Socket(InetAddress.getLoopbackAddress(), server.port()));
      }
      for (int round = 0; round < 2; round++) {
        for (Socket socket : sockets) {
          socket.getOutputStream().write(request);
        }
        for (Socket socket : sockets) {
          byte[] answer = new byte[4096];
          int size = socket.getInputStream().read(answer);
          assertThat(new String(answer, 0, Math.max(0, size), StandardCharsets.UTF_8))
              .startsWith("HTTP/1.1 200 OK");
          while (!new String(answer, 0, size, StandardCharsets.UTF_8).endsWith("}")) {
            size += socket.getInputStream().read(answer, size, answer.length - size);
          }
        }
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void aBodyMayComeInChunksAndAConnectionServesTwice() throws IOException {
    byte[] body = "{\"prompt\": \"int\"}".getBytes(StandardCharsets.UTF_8);
    HttpRequest.Builder chunked =
        client
            .to("/tokenize")
            .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)));
    assertThat(ApiClient.ok(client.send(chunked)).get("count").intValue()).isEqualTo(3);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      OutputStream out = socket.getOutputStream();
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      for (int i = 0; i < 2; i++) {
        String head = i == 0 ? "POST /tokenize" : "GET /health";
        out.write(RequestFuzzer.request(head, i == 0 ? body : new byte[0]));
        assertThat(in.readLine()).isEqualTo("HTTP/1.1 200 OK");
        int length = 0;
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
          if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length: ")) {
            length = Integer.parseInt(line.substring(16));
          }
        }
        assertThat(in.skip(length)).isEqualTo(length);
      }
    }
    assertThat(client.refused(400, "/tokenize", "")).contains("the request's body");
  }
}
