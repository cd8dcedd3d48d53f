package org.lm4j.chart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/** Pages as Chromium reads them; skipped where there is none. */
@Timeout(180)
@Tag("slow")
class BrowserTest {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  @TempDir private Path folder;
  private String browser = "";

  @BeforeEach
  void findChromium() {
    Path found = find();
    Need.CHROMIUM.check(found != null, "Chromium is not installed");
    browser = String.valueOf(found);
  }

  private static @Nullable Path find() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .flatMap(place -> NAMES.stream().map(name -> Path.of(place, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  /** The console's output, and the page as the browser rendered it. */
  private record Opened(List<String> console, String dom) {}

  private Opened open(String html) throws IOException, InterruptedException {
    Path page = Files.writeString(folder.resolve("page.html"), html);
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    List<String> command = new ArrayList<>(List.of(browser, "--headless", "--no-sandbox"));
    command.addAll(List.of("--disable-gpu", "--disable-quic", "--no-first-run"));
    command.addAll(List.of("--disable-background-networking", "--disable-component-update"));
    command.addAll(List.of("--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND"));
    command.addAll(List.of("--enable-logging=stderr", "--dump-dom"));
    command.add("--user-data-dir=" + folder.resolve("profile"));
    command.add(page.toUri().toString());
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      assertThat(process.waitFor(150, TimeUnit.SECONDS)).as("the browser ends").isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    String said = new String(Files.readAllBytes(err), UTF_8);
    assertThat(process.exitValue()).as(said).isZero();
    List<String> console = said.lines().filter(line -> line.contains(":CONSOLE")).toList();
    return new Opened(console, Files.readString(out));
  }

  @Test
  void aPageOpensWithoutAnErrorAndIsUnderstoodAsItWasMeant() throws Exception {
    String html = SamplePage.page().html();
    Opened opened = open(html);
    assertThat(opened.console()).isEmpty();
    for (String tag :
        List.of("<svg", "<figure", "<path", "<rect", "<circle", "<img", "<td", "<text")) {
      assertThat(count(opened.dom(), tag)).as(tag).isEqualTo(count(html, tag));
    }
  }

  /** The script runs by its hash alone, and colours each token by the chosen unit. */
  @Test
  void theUnitsOfATextAreColouredByTheScript() throws Exception {
    Opened opened = open(UnitHeatTest.page().html());
    assertThat(opened.console()).isEmpty();
    assertThat(opened.dom())
        .contains("class=\"units live\"", "aria-pressed=\"true\"")
        .containsPattern(
            "<span class=\"word s10 neg\" tabindex=\"0\" style=\"--s: 0.50;\">a</span>");
  }

  /** Arrow keys, touch and pointer show values: of lines at an x, and of a cell. */
  @Test
  void valuesOfAChartAreReadByKeysAndPointer() throws Exception {
    LineChart lines =
        LineChart.of("Loss", "step", "nats")
            .add(Series.of("<a>", new double[] {0, 1500, 3000}, new double[] {3, 2.123456, 1}))
            .add(Series.of("b", new double[] {0, 3000}, new double[] {1e-7, 2}));
    HeatMap map = HeatMap.of("map", new double[][] {{0.25, 0.5}, {0.75, 1}});
    String keys =
        """
        const [lines, map] = document.querySelectorAll('.plot');
        function press(plot, key) {
          const before = document.activeElement;
          plot.focus();
          if (before !== plot) {
            before.dispatchEvent(new FocusEvent('blur')); // where the window has no focus, none comes
          }
          plot.dispatchEvent(new KeyboardEvent('keydown', { key: key, bubbles: true }));
        }
        press(lines, 'Home');
        press(lines, 'ArrowRight');
        document.body.dataset.middle = lines.querySelector('.readout').textContent;
        press(lines, 'Home');
        document.body.dataset.first = lines.querySelector('.readout').textContent;
        press(map, 'ArrowRight');
        press(map, 'ArrowDown');
        document.body.dataset.below = map.querySelector('.readout').textContent;
        map.querySelectorAll('rect.cell')[1].dispatchEvent(
          new PointerEvent('pointerover', { bubbles: true }));
        document.body.dataset.over = map.querySelector('.readout').textContent;
        document.body.dataset.left = String(lines.querySelector('.readout').textContent === '');
        """;
    Opened opened = open(Page.of("Keys").chart(lines).chart(map).script(keys).html());
    assertThat(opened.console()).isEmpty();
    assertThat(opened.dom())
        .contains("data-middle=\"step 1,500&lt;a&gt;2.1235\"")
        .contains("data-first=\"step 0&lt;a&gt;3b1e-7\"")
        .contains("data-below=\"2, 1: 0.75\"", "data-over=\"1, 2: 0.5\"", "data-left=\"true\"");
  }

  /**
   * The expected numbers are those of TensorBoard's moving average, {@code s = w s + (1 - w) y}
   * divided by {@code 1 - wⁿ}, and of logarithms.
   */
  @Test
  void linesAreSmoothedSeenOnALogarithmicAxisAndDownloaded() throws Exception {
    double[] x = new double[30];
    double[] y = new double[30];
    double average = 0;
    double smooth = 0;
    for (int i = 0; i < x.length; i++) {
      x[i] = i;
      y[i] = i % 2 == 0 ? 1 : 16;
      average = 0.75 * average + 0.25 * y[i];
      smooth = average / (1 - Math.pow(0.75, i + 1));
    }
    LineChart chart = LineChart.of("A <chart>", "step", "nats").add(Series.of("a\tb", x, y));
    String act =
        """
        const data = document.body.dataset;
        const figure = document.querySelector('figure');
        const plot = figure.querySelector('.plot');
        const area = plot.querySelector('.catch');
        function height(d) {
          const y = Number(d.split(' ').pop());
          return ((Number(area.getAttribute('y')) + Number(area.getAttribute('height')) - y) /
            area.getAttribute('height')).toFixed(3);
        }
        function set(selector, name, value) {
          const input = figure.querySelector(selector);
          input[name] = value;
          input.dispatchEvent(new Event('input', { bubbles: true }));
        }
        const before = plot.querySelector('path').getAttribute('d');
        set('input[type="range"]', 'value', '0.75');
        data.smooth = height(plot.querySelector('path.added').getAttribute('d'));
        data.range = plot.dataset.y;
        set('input[type="checkbox"]', 'checked', true);
        data.log = height(plot.querySelector('path.added').getAttribute('d'));
        data.ticks = Array.from(plot.querySelectorAll('.tick.added'), t => t.textContent).join();
        set('input[type="range"]', 'value', '0');
        set('input[type="checkbox"]', 'checked', false);
        data.back = String(plot.querySelector('path').getAttribute('d') === before &&
          !plot.querySelector('.added') && plot.dataset.scale === 'linear');
        const Old = Blob;
        window.Blob = function (parts, type) {
          data.tsv = parts[0];
          return new Old(parts, type);
        };
        HTMLAnchorElement.prototype.click = function () { data.file = this.download; };
        figure.querySelector('.tools button').click();
        """;
    Opened opened = open(Page.of("t").chart(chart).script(act).html());
    assertThat(opened.console()).isEmpty();
    assertThat(opened.dom()).contains("data-range=\"0.0 20.0\"", "data-back=\"true\"");
    String format = "data-%s=\"%.3f\"";
    assertThat(opened.dom())
        .contains(String.format(Locale.ROOT, format, "smooth", smooth / 20))
        .contains(String.format(Locale.ROOT, format, "log", Math.log(smooth) / Math.log(16)))
        .contains("data-ticks=\"10,5,2,1\"")
        .contains("data-tsv=\"line\tstep\tnats\na b\t0\t1\na b\t1\t16\n")
        .contains("data-file=\"a-chart.tsv\"");
  }

  /** A word is found in any case, and its neighbours lead on to theirs. */
  @Test
  void wordsOfAMapAreSearchedFor() throws Exception {
    String keys =
        """
        const input = document.querySelector('.search input');
        const found = document.querySelector('.found');
        function type(text) {
          input.value = text;
          input.dispatchEvent(new InputEvent('input', { bubbles: true }));
          return found.textContent;
        }
        const data = document.body.dataset;
        data.none = type('fish');
        data.cat = type(' CAT ');
        data.close = document.querySelector('.close').dataset.word;
        found.querySelector('button').click();
        data.dog = input.value + ': ' + found.textContent;
        data.sought = document.querySelector('.sought').dataset.word;
        """;
    Opened opened = open(Page.of("Words").chart(WordMapTest.map()).script(keys).html());
    assertThat(opened.console()).isEmpty();
    assertThat(opened.dom())
        .contains("data-none=\"not among the 2 words of this page\"")
        .contains("data-cat=\"dog 0.988&lt;i&gt; -0.500\"", "data-close=\"dog\"")
        .contains("data-dog=\"dog: cat 0.988\"", "data-sought=\"dog\"");
  }

  @Test
  void anErrorWouldBeSeen() throws Exception {
    String broken = SamplePage.page().html().replaceFirst(" d=\"M", " d=\"MNaN ");
    assertThat(open(broken).console()).singleElement().asString().contains("attribute d");
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }
}
