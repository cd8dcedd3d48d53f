package org.lm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.train.RunLength;
import org.lm4j.train.SamplePlan;
import org.lm4j.train.TrainingListener.Position;
import org.lm4j.train.TrainingListener.SampleReport;
import org.lm4j.train.TrainingListener.StepReport;
import org.lm4j.train.TrainingListener.ValidationReport;
import org.lm4j.train.Unit;
import org.lm4j.train.watch.LivePage;
import org.lm4j.train.watch.LivePage.Status;
import org.lm4j.train.watch.PageFile;

/** The page of a run in Chromium, from a server and from a file. */
@Tag("slow")
class LivePageTest {
  private static final String HOSTILE =
      "<script>document.title='x'</script>\n\t</pre><img src=x onerror=\"document.title='y'\">&amp; \u202e☃";

  private static Browser browser;
  @TempDir private Path folder;

  @BeforeAll
  static void open() throws IOException {
    browser = new Browser(1200, 900);
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
  }

  /** Returns the page of a run after some steps. */
  private LivePage page(int steps) {
    LivePage page = new LivePage("Training of <book>");
    Map<String, String> facts = Map.of("Corpus", "12 char tokens of <b>book</b>");
    page.begin(
        0,
        100,
        new LivePage.Subject(
            facts,
            new RunLength(2.0, null, null),
            Unit.TOKENS,
            new SamplePlan(60, null, "He: "),
            "character",
            folder));
    steps(page, 1, steps);
    return page;
  }

  private static void steps(LivePage page, int from, int to) {
    for (int step = from; step <= to; step++) {
      Position at = new Position(step, step / 100.0, step / 200.0);
      page.step(new StepReport(at, 4 - step / 100.0, 0.002, 1, 50, step / 4.0));
    }
  }

  private static void samples(LivePage page, int step, String text) {
    for (double temperature : new double[] {0.5, 0.8, 1}) {
      page.sample(new SampleReport(step, 0.5, temperature, "He: ", text + " " + temperature));
    }
  }

  private static String figure(String label) {
    return "[...document.querySelectorAll('.figures div')]"
        + ".find(d => d.querySelector('dt').textContent === '%s').children[1].textContent"
            .formatted(label);
  }

  private static void awaitState(String state) throws InterruptedException {
    browser.await("document.querySelector('.state').textContent === '%s'".formatted(state));
  }

  /** What is marked in a page that is not loaded again stays there. */
  private static void mark() {
    browser.run(
        "window.marked = document.querySelector('figure:has(.plot)'); scrollTo(0, 700);"
            + "document.querySelector('details').open = true;"
            + "window.place = marked.getBoundingClientRect().top");
  }

  private static void assertSamePlace() {
    assertThat(
            browser.holds(
                "marked === document.querySelector('figure:has(.plot)')"
                    + " && Math.abs(marked.getBoundingClientRect().top - place) < 5"
                    + " && document.querySelector('details').open"))
        .isTrue();
  }

  /** Watches a run from its middle to its end. */
  private void watch(LivePage page, String url) throws InterruptedException {
    browser.open(url);
    browser.console(); // what earlier pages left there
    awaitState("running");
    browser.await(figure("Progress") + " === '25 %'");
    assertThat(browser.run("return document.title").stringValue()).isEqualTo("Training of <book>");
    assertThat(browser.run("return " + figure("Time left")).stringValue()).isEqualTo("38 s");
    mark();
    samples(page, 60, HOSTILE);
    steps(page, 51, 100);
    page.validation(new ValidationReport(100, 1, 2 * Math.log(2), 10, true, null));
    browser.await(
        figure("Progress")
            + " === '50 %' && document.querySelector('pre').textContent.length > 50");
    assertSamePlace();
    assertThat(browser.text("pre")).isEqualTo("He: " + HOSTILE + " 0.5");
    assertThat(browser.run("return " + figure("Validation bits per character")).stringValue())
        .isEqualTo("2");
    assertThat(browser.run("return document.querySelectorAll('main script, main img').length"))
        .hasToString("0");
    page.end(Status.ENDED_EARLY, "The last validations have not improved.");
  }

  private static void assertOver() throws InterruptedException {
    awaitState("stopped early");
    assertThat(browser.text("main > p")).isEqualTo("The last validations have not improved.");
    assertThat(browser.holds("document.querySelector('.lost').hidden")).isTrue();
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void aServedPageFollowsTheRunToItsEnd() throws InterruptedException {
    LivePage page = page(50);
    try (PageServer server = new PageServer(0, page)) {
      watch(page, server.url());
    }
    assertOver();
  }

  @Test
  void aPageInAFileFollowsTheRunToItsEnd() throws InterruptedException {
    LivePage page = page(50);
    List<String> problems = new ArrayList<>();
    Path file = folder.resolve("a page.html");
    try (PageFile _ = new PageFile(file, page, problems::add)) {
      watch(page, file.toUri().toString());
    }
    assertOver();
    browser.run("window.marked = 1");
    Thread.sleep(2500);
    assertThat(browser.run("return document.querySelectorAll('iframe').length")).hasToString("0");
    assertThat(problems).isEmpty();
  }

  /** As after a kill -9: nothing writes that the run is over. */
  @Test
  void aFileThatIsNoLongerWrittenSaysSo() throws IOException, InterruptedException {
    LivePage page = page(50);
    Path file = folder.resolve("page.html");
    long old = System.currentTimeMillis() - 10 * 60_000;
    String stale = page.html().replaceFirst("data-drawn=\"\\d+\"", "data-drawn=\"" + old + "\"");
    Files.writeString(file, stale);
    browser.open(file.toUri().toString());
    awaitState("no news");
    assertThat(browser.text(".lost"))
        .isEqualTo("No news of the run for 10 minutes: it may have been killed.");
    Thread.sleep(100);
    Files.writeString(file, page.html()); // the run is there again
    awaitState("running");
    browser.await("document.querySelector('.lost').hidden");
  }

  @Test
  void valuesThatAreReadStayThereWhileTheChartGrows() throws InterruptedException {
    LivePage page = page(50);
    try (PageServer server = new PageServer(0, page)) {
      browser.open(server.url());
      browser.await("document.querySelector('.plot .catch')");
      browser.point(".plot .catch");
      browser.await("document.querySelector('.plot .readout').textContent.includes('step 2')");
      steps(page, 51, 100);
      browser.await(figure("Progress") + " === '50 %'");
      browser.await("document.querySelector('.plot .readout').textContent.includes('step 5')");
    }
  }

  @Test
  void aLostConnectionIsSaid() throws InterruptedException {
    LivePage page = page(2);
    try (PageServer server = new PageServer(0, page)) {
      browser.open(server.url());
      awaitState("running");
      assertThat(browser.holds("document.querySelector('.lost').hidden")).isTrue();
    }
    browser.await("!document.querySelector('.lost').hidden");
  }

  @Test
  void aPhoneShowsItAllInTheDarkToo() throws InterruptedException {
    LivePage page = page(50);
    samples(page, 50, "x".repeat(300));
    browser.size(390, 844);
    browser.prefer("prefers-color-scheme", "dark");
    try (PageServer server = new PageServer(0, page)) {
      browser.open(server.url());
      browser.await("document.querySelector('pre').textContent.length > 300");
      assertThat(browser.holds("document.documentElement.scrollWidth <= innerWidth")).isTrue();
      assertThat(
              browser.run("return getComputedStyle(document.body).backgroundColor").stringValue())
          .isNotEqualTo("rgb(255, 255, 255)");
      assertThat(
              browser
                  .run(
                      "const c = getComputedStyle(document.querySelector('pre')).color;"
                          + "return Number(c.match(/\\d+/)[0]) > 150")
                  .booleanValue())
          .isTrue();
    } finally {
      browser.size(1200, 900);
      browser.prefer("prefers-color-scheme", "light");
    }
  }
}
