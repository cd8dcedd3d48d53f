package org.lm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.io.Json;
import org.lm4j.serve.engine.Limits;
import tools.jackson.databind.JsonNode;

/** Clients that wait for a whole text that takes long. */
class PatientClientsTest {
  private static final int MOST = 10_000_000; // tokens, more than there is time for
  private static final String LONG = "{\"prompt\": \"a\", \"max_tokens\": " + MOST + "}";

  private static Backend backend;
  private static ServedModels models;
  private static TextServer server;

  @BeforeAll
  static void open() {
    backend = new CpuBackend(null, 1);
    ServerOptions defaults = ServerOptions.defaults();
    ServerOptions options =
        new ServerOptions(
            "127.0.0.1",
            0,
            null,
            defaults.bodyBytes(),
            MOST,
            MOST,
            4,
            defaults.writeSeconds(),
            0,
            0.5);
    Limits limits = new Limits(4, 8, 0, 5);
    models = new ServedModels(List.of(Path.of("models/java-source")), backend, limits, line -> {});
    server = new TextServer(options, models, line -> {});
  }

  @AfterAll
  static void close() {
    server.close();
    models.close();
    backend.close();
  }

  private static int running() {
    return Objects.requireNonNull(models.all().getFirst().engine()).figures().running();
  }

  private static void awaitRunning(int texts, double seconds) throws InterruptedException {
    long deadline = System.nanoTime() + (long) (seconds * 1e9);
    while (running() != texts && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
    assertThat(running()).isEqualTo(texts);
  }

  @Test
  void aTextIsNotComputedForAClientThatHasGone() throws IOException, InterruptedException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket
          .getOutputStream()
          .write(RequestFuzzer.request("POST /v1/completions", LONG.getBytes(UTF_8)));
      awaitRunning(1, 3);
    }
    awaitRunning(0, 3); // before its time is over
  }

  @Test
  void aClientThatWaitsGetsTheWholeAnswer() {
    HttpResponse<String> response = new ApiClient(server).post("/v1/completions", LONG);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(response.body().charAt(0)).isEqualTo(' ');
    JsonNode answer = Json.parse(response.body(), "the answer", JsonNode.class);
    JsonNode choice = answer.get("choices").get(0);
    assertThat(choice.get("finish_reason").stringValue()).isEqualTo("time");
    assertThat(choice.get("text").stringValue()).isNotEmpty();
  }
}
