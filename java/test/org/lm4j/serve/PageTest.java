package org.lm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.Need;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.decode.Sampling;
import org.lm4j.io.Json;
import org.lm4j.serve.engine.Limits;
import org.lm4j.task.lm.LanguageModel;
import tools.jackson.databind.JsonNode;

/** The server's page in Chromium, which chromedriver operates by the protocol of WebDriver. */
@Tag("slow")
class PageTest {
  private static final Path FOLDER = Path.of("models/java-source");
  private static final String RIGHT_TO_LEFT = "public \u202estatic ☃";
  private static final String HOSTILE = "<script>document.title='x'</script>&amp; ";

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final List<String> LOG = new ArrayList<>();
  private static Backend backend;
  private static ServedModels models;
  private static TextServer server;
  private static Process chromedriver;
  private static String session;

  @BeforeAll
  static void open() throws IOException, InterruptedException {
    Need.CHROMIUM.program("chromium");
    Need.CHROMIUM.program("chromedriver");
    backend = new CpuBackend(null, 2);
    models = new ServedModels(List.of(FOLDER), backend, new Limits(8, 50, 0, 300), LOG::add);
    server = new TextServer(ServerOptions.defaults().at("127.0.0.1", 0), models, LOG::add);
    chromedriver = new ProcessBuilder("chromedriver", "--port=0").redirectErrorStream(true).start();
    BufferedReader said = chromedriver.inputReader(StandardCharsets.UTF_8);
    String line = Objects.requireNonNull(said.readLine());
    while (!line.contains("successfully on port")) {
      line = Objects.requireNonNull(said.readLine(), "chromedriver ended");
    }
    Thread.ofVirtual().start(() -> said.lines().forEach(_ -> {})); // so that it never blocks
    String port = line.replaceAll("\\D*(\\d+)\\D*$", "$1");
    session = "http://127.0.0.1:" + port + "/session";
    List<String> arguments =
        List.of("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,900");
    Map<String, Object> chrome = Map.of("args", arguments);
    JsonNode made =
        post(
            "",
            Map.of("capabilities", Map.of("alwaysMatch", Map.of("goog:chromeOptions", chrome))));
    session += "/" + made.get("sessionId").stringValue();
    post("/url", Map.of("url", server.url()));
  }

  @AfterAll
  static void close() throws IOException, InterruptedException {
    if (session != null) {
      CLIENT.send(
          HttpRequest.newBuilder(URI.create(session)).DELETE().build(),
          HttpResponse.BodyHandlers.discarding());
    }
    if (chromedriver != null) {
      chromedriver.destroy();
      assertThat(chromedriver.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    if (server != null) {
      server.close();
      models.close();
      backend.close();
      assertThat(LOG).isEmpty();
    }
  }

  private static JsonNode post(String path, Object body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(session + path))
            .POST(HttpRequest.BodyPublishers.ofString(Json.line(body)))
            .build();
    try {
      String answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).body();
      JsonNode value = Json.parse(answer, "the driver's answer", JsonNode.class).get("value");
      assertThat(value.has("error")).as(answer).isFalse();
      return value;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode run(String script, Object... arguments) {
    return post("/execute/sync", Map.of("script", script, "args", List.of(arguments)));
  }

  private static void set(String id, String value) {
    run(
        "const e = document.getElementById(arguments[0]); e.value = arguments[1];"
            + "e.dispatchEvent(new Event('input', {bubbles: true}))",
        id,
        value);
  }

  private static void click(String id) {
    run("document.getElementById(arguments[0]).click()", id);
  }

  private static void key(String key, boolean control) {
    run(
        "document.dispatchEvent(new KeyboardEvent('keydown',"
            + " {key: arguments[0], ctrlKey: arguments[1], bubbles: true}))",
        key,
        control);
  }

  private static String text() {
    return run("return [...document.querySelectorAll('pre')].map(p => p.textContent).join('')")
        .stringValue();
  }

  private static void await(String condition) throws InterruptedException {
    for (int i = 0; i < 600; i++) {
      if (run("return " + condition).booleanValue()) {
        return;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("never: " + condition + "; the page shows " + text());
  }

  private static final String IDLE = "document.getElementById('go').textContent === 'Generate'";

  private static void begin(String prompt, int length) throws InterruptedException {
    await("document.getElementById('model').options.length > 0");
    set("prompt", prompt);
    set("max_tokens", Integer.toString(length));
    set("temperature", "0.8");
    set("seed", "7");
    run("document.getElementById('keep').checked = true");
    key("Enter", true);
  }

  @Test
  void aTextIsStreamedAsTheModelGeneratesIt() throws InterruptedException {
    begin(HOSTILE, 60);
    await(IDLE);
    String expected;
    try (LanguageModel alone = LanguageModel.load(FOLDER, backend)) {
      Sampling sampling = Sampling.temperature(0.8).seed(7).length(60);
      expected = alone.generate(HOSTILE, sampling);
    }
    assertThat(text()).isEqualTo(HOSTILE + expected);
    assertThat(run("return document.title").stringValue()).isEqualTo("lm4j");
    int tokens = run("return document.querySelectorAll('.token').length").intValue();
    assertThat(tokens).isEqualTo(60);

    run(
        "document.querySelectorAll('.token')[5].dispatchEvent("
            + "new MouseEvent('mouseover', {bubbles: true}))");
    assertThat(run("return document.querySelectorAll('#tip td').length").intValue()).isEqualTo(15);
    assertThat(run("return document.getElementById('tip').textContent").stringValue())
        .contains("bits");
  }

  @Test
  void stoppingEndsTheText() throws InterruptedException {
    begin("x", 60_000);
    await("document.querySelectorAll('.token').length > 20");
    key("Escape", false);
    await(IDLE);
    int tokens = run("return document.querySelectorAll('.token').length").intValue();
    assertThat(tokens).isBetween(20, 59_999);
    while (Objects.requireNonNull(models.all().getFirst().engine()).figures().running() > 0) {
      Thread.sleep(20);
    }
  }

  @Test
  void aTextIsColouredByItsSurprisal() throws InterruptedException {
    await("document.getElementById('model').options.length > 0");
    set("prompt", RIGHT_TO_LEFT);
    click("score");
    await("document.querySelectorAll('.token').length > 0");
    assertThat(text()).isEqualTo(RIGHT_TO_LEFT);
    assertThat(
            run("return [...document.querySelectorAll('.token')].every(t => t.style.background)")
                .booleanValue())
        .isTrue();
  }

  @Test
  void aLinkGivesTheSameTextAgain() throws InterruptedException {
    begin("int ", 30);
    await(IDLE);
    String expected = text();
    assertThat(run("return document.querySelector('.outputs .note').textContent").stringValue())
        .startsWith("30\u00a0tokens · ")
        .endsWith(" · seed\u00a07");
    click("link");
    post("/refresh", Map.of());
    await("document.getElementById('name').textContent === 'java-source'");
    assertThat(text()).isEmpty();
    click("go");
    await("document.querySelectorAll('.token').length === 30");
    await(IDLE);
    assertThat(text()).isEqualTo(expected);
  }

  @Test
  void errorsAreShown() throws InterruptedException {
    begin("a", 10);
    await(IDLE);
    set("max_tokens", "-5");
    click("go");
    await("!document.getElementById('error').hidden");
    assertThat(run("return document.getElementById('error').textContent").stringValue())
        .isEqualTo("'max_tokens' is -5; it must be from 0 to 65536");
    await(IDLE);
  }

  @Test
  void aPhoneShowsItAllWithoutScrollingSideways() throws InterruptedException {
    post("/window/rect", Map.of("width", 390, "height", 844));
    try {
      begin("a".repeat(300), 40);
      await(IDLE);
      JsonNode widths = run("return [document.documentElement.scrollWidth, innerWidth]");
      assertThat(widths.get(0).intValue()).isLessThanOrEqualTo(widths.get(1).intValue());
    } finally {
      post("/window/rect", Map.of("width", 1200, "height", 900));
    }
  }
}
