package org.lm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.decode.Sampling;
import org.lm4j.serve.engine.Limits;
import org.lm4j.task.lm.LanguageModel;
import tools.jackson.databind.JsonNode;

/** The server's page in Chromium, which chromedriver operates by the protocol of WebDriver. */
@Tag("slow")
class PageTest {
  private static final Path FOLDER = Path.of("models/java-source");
  private static final String RIGHT_TO_LEFT = "public \u202estatic ☃";
  private static final String HOSTILE = "<script>document.title='x'</script>&amp; ";

  private static final List<String> LOG = new ArrayList<>();
  private static Backend backend;
  private static ServedModels models;
  private static TextServer server;
  private static Browser browser;

  @BeforeAll
  static void open() throws IOException {
    browser = new Browser(1200, 900);
    backend = new CpuBackend(null, 2);
    models = new ServedModels(List.of(FOLDER), backend, new Limits(8, 50, 0, 300), LOG::add);
    server = new TextServer(ServerOptions.defaults().at("127.0.0.1", 0), models, LOG::add);
    browser.open(server.url());
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
    if (server != null) {
      server.close();
      models.close();
      backend.close();
      assertThat(LOG).isEmpty();
    }
  }

  private static void set(String id, String value) {
    browser.run(
        "const e = document.getElementById(arguments[0]); e.value = arguments[1];"
            + "e.dispatchEvent(new Event('input', {bubbles: true}))",
        id,
        value);
  }

  private static void click(String id) {
    browser.run("document.getElementById(arguments[0]).click()", id);
  }

  private static void key(String key, boolean control) {
    browser.run(
        "document.dispatchEvent(new KeyboardEvent('keydown',"
            + " {key: arguments[0], ctrlKey: arguments[1], bubbles: true}))",
        key,
        control);
  }

  private static String generated() {
    return browser
        .run("return [...document.querySelectorAll('pre')].map(p => p.textContent).join('')")
        .stringValue();
  }

  private static final String IDLE = "document.getElementById('go').textContent === 'Generate'";

  private static void begin(String prompt, int length) throws InterruptedException {
    browser.await("document.getElementById('model').options.length > 0");
    set("prompt", prompt);
    set("max_tokens", Integer.toString(length));
    set("temperature", "0.8");
    set("seed", "7");
    browser.run("document.getElementById('keep').checked = true");
    key("Enter", true);
  }

  @Test
  void aTextIsStreamedAsTheModelGeneratesIt() throws InterruptedException {
    begin(HOSTILE, 60);
    browser.await(IDLE);
    String expected;
    try (LanguageModel alone = LanguageModel.load(FOLDER, backend)) {
      Sampling sampling = Sampling.temperature(0.8).seed(7).length(60);
      expected = alone.generate(HOSTILE, sampling);
    }
    assertThat(generated()).isEqualTo(HOSTILE + expected);
    assertThat(browser.run("return document.title").stringValue()).isEqualTo("lm4j");
    int tokens = browser.run("return document.querySelectorAll('.token').length").intValue();
    assertThat(tokens).isEqualTo(60);

    browser.run(
        "document.querySelectorAll('.token')[5].dispatchEvent("
            + "new MouseEvent('mouseover', {bubbles: true}))");
    assertThat(browser.run("return document.querySelectorAll('#tip td').length").intValue())
        .isEqualTo(15);
    assertThat(browser.text("#tip")).contains("bits");
  }

  @Test
  void stoppingEndsTheText() throws InterruptedException {
    begin("x", 60_000);
    browser.await("document.querySelectorAll('.token').length > 20");
    key("Escape", false);
    browser.await(IDLE);
    int tokens = browser.run("return document.querySelectorAll('.token').length").intValue();
    assertThat(tokens).isBetween(20, 59_999);
    while (Objects.requireNonNull(models.all().getFirst().engine()).figures().running() > 0) {
      Thread.sleep(20);
    }
  }

  @Test
  void aTextIsColouredByItsSurprisal() throws InterruptedException {
    browser.await("document.getElementById('model').options.length > 0");
    set("prompt", RIGHT_TO_LEFT);
    click("score");
    browser.await("document.querySelectorAll('.token').length > 0");
    assertThat(generated()).isEqualTo(RIGHT_TO_LEFT);
    assertThat(
            browser.holds(
                "[...document.querySelectorAll('.token')].every(t => t.style.background)"))
        .isTrue();
  }

  @Test
  void aLinkGivesTheSameTextAgain() throws InterruptedException {
    begin("int ", 30);
    browser.await(IDLE);
    String expected = generated();
    assertThat(browser.text(".outputs .note"))
        .startsWith("30\u00a0tokens · ")
        .endsWith(" · seed\u00a07");
    click("link");
    browser.reload();
    browser.await("document.getElementById('name').textContent === 'java-source'");
    assertThat(generated()).isEmpty();
    click("go");
    browser.await("document.querySelectorAll('.token').length === 30");
    browser.await(IDLE);
    assertThat(generated()).isEqualTo(expected);
  }

  @Test
  void errorsAreShown() throws InterruptedException {
    begin("a", 10);
    browser.await(IDLE);
    set("max_tokens", "-5");
    click("go");
    browser.await("!document.getElementById('error').hidden");
    assertThat(browser.text("#error")).isEqualTo("'max_tokens' is -5; it must be from 0 to 65536");
    browser.await(IDLE);
  }

  @Test
  void aPhoneShowsItAllWithoutScrollingSideways() throws InterruptedException {
    browser.size(390, 844);
    try {
      begin("a".repeat(300), 40);
      browser.await(IDLE);
      JsonNode widths = browser.run("return [document.documentElement.scrollWidth, innerWidth]");
      assertThat(widths.get(0).intValue()).isLessThanOrEqualTo(widths.get(1).intValue());
    } finally {
      browser.size(1200, 900);
    }
  }
}
