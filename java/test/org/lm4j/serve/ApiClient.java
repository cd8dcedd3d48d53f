package org.lm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.lm4j.io.Json;
import tools.jackson.databind.JsonNode;

/** Asks a server. */
record ApiClient(TextServer server) {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(server.url()).resolve(path));
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<String> get(String path) {
    return send(to(path));
  }

  HttpResponse<String> post(String path, String body) {
    return send(to(path).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  /** Returns the answer's body, which must be the answer to a good request. */
  static JsonNode ok(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Json.parse(response.body(), "the answer", JsonNode.class);
  }

  /** Returns the first choice of a completion. */
  JsonNode choice(String body) {
    return ok(post("/v1/completions", body)).get("choices").get(0);
  }

  /** Returns the sentence of an error. */
  String refused(int status, String path, String body) {
    return error(status, post(path, body));
  }

  static String error(int status, HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    JsonNode answer = Json.parse(response.body(), "the answer", JsonNode.class);
    return answer.get("error").get("message").stringValue();
  }
}
