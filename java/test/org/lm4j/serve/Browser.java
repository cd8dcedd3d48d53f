package org.lm4j.serve;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.lm4j.Need;
import org.lm4j.io.Json;
import tools.jackson.databind.JsonNode;

/** A window of Chromium, which chromedriver operates by the protocol of WebDriver. */
final class Browser implements AutoCloseable {
  private static final int ATTEMPTS = 600;
  private static final long BETWEEN_MILLIS = 50;

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process chromedriver;
  private String session;

  /** Opens a window; the test is skipped where there is no Chromium. */
  Browser(int width, int height) throws IOException {
    Need.CHROMIUM.program("chromium");
    Need.CHROMIUM.program("chromedriver");
    chromedriver = new ProcessBuilder("chromedriver", "--port=0").redirectErrorStream(true).start();
    BufferedReader said = chromedriver.inputReader(StandardCharsets.UTF_8);
    String line = Objects.requireNonNull(said.readLine());
    while (!line.contains("successfully on port")) {
      line = Objects.requireNonNull(said.readLine(), "chromedriver ended");
    }
    Thread.ofVirtual().start(() -> said.lines().forEach(_ -> {})); // so that it never blocks
    session = "http://127.0.0.1:" + line.replaceAll("\\D*(\\d+)\\D*$", "$1") + "/session";
    List<String> arguments =
        List.of(
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=%d,%d".formatted(width, height));
    Map<String, Object> chrome = Map.of("args", arguments);
    Map<String, Object> wanted =
        Map.of("goog:chromeOptions", chrome, "goog:loggingPrefs", Map.of("browser", "ALL"));
    JsonNode made = post("", Map.of("capabilities", Map.of("alwaysMatch", wanted)));
    session += "/" + made.get("sessionId").stringValue();
  }

  /** Opens an address. */
  void open(String url) {
    post("/url", Map.of("url", url));
  }

  /** Loads the page again. */
  void reload() {
    post("/refresh", Map.of());
  }

  /** Sets the size of the window. */
  void size(int width, int height) {
    post("/window/rect", Map.of("width", width, "height", height));
  }

  /** Returns what a function body returns. */
  JsonNode run(String script, Object... arguments) {
    return post("/execute/sync", Map.of("script", script, "args", List.of(arguments)));
  }

  /** Returns whether a condition holds. */
  boolean holds(String condition) {
    return run("return !!(" + condition + ")").booleanValue();
  }

  /** Returns the text of what a selector finds first. */
  String text(String selector) {
    return run("return document.querySelector(arguments[0]).textContent", selector).stringValue();
  }

  /** Moves the pointer to the middle of what a selector finds first. */
  void point(String selector) {
    String script =
        "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
            + "return [Math.round(b.left + b.width / 2), Math.round(b.top + b.height / 2)]";
    JsonNode place = run(script, selector);
    Map<String, Object> move =
        Map.of(
            "type",
            "pointerMove",
            "duration",
            0,
            "x",
            place.get(0).intValue(),
            "y",
            place.get(1).intValue());
    Map<String, Object> pointer =
        Map.of("type", "pointer", "id", "mouse", "actions", List.of(move));
    post("/actions", Map.of("actions", List.of(pointer)));
  }

  /** Waits for an expression to be true. */
  void await(String condition) throws InterruptedException {
    for (int i = 0; i < ATTEMPTS; i++) {
      if (holds(condition)) {
        return;
      }
      Thread.sleep(BETWEEN_MILLIS);
    }
    throw new AssertionError("never: " + condition + "; " + text("body"));
  }

  /** Returns what the page wrote to the console: errors, of scripts and policies too. */
  List<String> console() {
    JsonNode entries = post("/se/log", Map.of("type", "browser"));
    return entries.valueStream().map(entry -> entry.get("message").stringValue()).toList();
  }

  /** Emulates a preference of the user's, such as the dark scheme. */
  void prefer(String feature, String value) {
    Map<String, Object> media =
        Map.of("features", List.of(Map.of("name", feature, "value", value)));
    post("/goog/cdp/execute", Map.of("cmd", "Emulation.setEmulatedMedia", "params", media));
  }

  /** Writes a picture of the whole window. */
  void picture(Path file) throws IOException {
    String data = get("/screenshot").stringValue();
    Files.write(file, Base64.getDecoder().decode(data));
  }

  private JsonNode get(String path) {
    return value(HttpRequest.newBuilder(URI.create(session + path)).build());
  }

  private JsonNode post(String path, Object body) {
    return value(
        HttpRequest.newBuilder(URI.create(session + path))
            .POST(HttpRequest.BodyPublishers.ofString(Json.line(body)))
            .build());
  }

  private JsonNode value(HttpRequest request) {
    try {
      String answer = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
      JsonNode value = Json.parse(answer, "the driver's answer", JsonNode.class).get("value");
      if (value.has("error")) {
        throw new AssertionError(answer);
      }
      return value;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      client.send(
          HttpRequest.newBuilder(URI.create(session)).DELETE().build(),
          HttpResponse.BodyHandlers.discarding());
      chromedriver.destroy();
      if (!chromedriver.waitFor(20, TimeUnit.SECONDS)) {
        throw new AssertionError("chromedriver does not end");
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      client.close();
    }
  }
}
