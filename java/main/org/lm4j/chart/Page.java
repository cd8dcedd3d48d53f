package org.lm4j.chart;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A self-contained HTML page: a title block that says what the page is about, its most important
 * figures in large type, then charts, tables and text. It is readable on light, dark and small
 * screens and on paper, and loads nothing from elsewhere. Values of charts are read by pointer,
 * touch or arrow keys with a script that is part of the page; a policy allows browsers no other.
 */
public final class Page {
  /** The seconds after which a live page in a file says that it is not written any more. */
  public static final int QUIET_SECONDS = 180;

  private static final String LOST =
      "<p class=\"status lost\" hidden=\"hidden\">The connection to the run is lost.</p>\n";

  private static final int LONG = 11; // characters of a figure that is set smaller

  private final String title;
  private final List<Figure> figures = new ArrayList<>();
  private final Map<String, String> facts = new LinkedHashMap<>();
  private final Set<String> scripts = new LinkedHashSet<>();
  private final Markup body = new Markup();
  private String kind = "";
  private String foot = "";
  private String sources = "";
  private String state = ""; // of something that is going on
  private long drawn;
  private boolean over;
  private boolean inGrid;
  private boolean hasUnits;

  private record Figure(String label, String value, String note) {}

  private Page(String title) {
    this.title = title;
  }

  /** Creates an empty page. */
  public static Page of(String title) {
    return new Page(title);
  }

  /** Sets what kind of page it is, such as {@code Training run}: a small line above the title. */
  public Page kind(String text) {
    kind = text;
    return this;
  }

  /**
   * Adds a fact to the title block, such as the corpus or the version. An empty value is left out;
   * a label that is there already gets the new value.
   */
  public Page fact(String label, String value) {
    if (!value.isEmpty()) {
      facts.put(label, value);
    }
    return this;
  }

  /** Adds facts to the title block, as by {@link #fact}, in their order. */
  public Page facts(Map<String, String> more) {
    more.forEach(this::fact);
    return this;
  }

  /**
   * Adds one of the few figures that stand out below the title block.
   *
   * @param label what it is, such as {@code validation perplexity}
   * @param value as it is to be read, such as {@code 119.06}
   * @param note what is needed to understand it, such as {@code best, in epoch 6 of 7}; may be
   *     empty
   */
  public Page figure(String label, String value, String note) {
    figures.add(new Figure(label, value, note));
    return this;
  }

  /**
   * Makes the page one of something that is going on: its state stands above the title, and a
   * script shows newer pages in its place, until one is over. They come from {@code events} beside
   * the page where a server has sent it, and from the file itself where it is one. A file that is
   * not written for {@value #QUIET_SECONDS} seconds says so, since what writes it may have been
   * killed.
   *
   * @param written when this page was drawn, in milliseconds since 1970
   */
  public Page live(String now, boolean isOver, long written) {
    state = now;
    over = isOver;
    drawn = written;
    scripts.add(resource("live.js"));
    sources = "; connect-src 'self'; frame-src 'self' file:";
    return this;
  }

  /** Sets the small print at the end, such as the command and version that made the page. */
  public Page foot(String text) {
    foot = text;
    return this;
  }

  /** Adds a heading. */
  public Page heading(String text) {
    leaveGrid();
    body.element("h2", text).line();
    return this;
  }

  /** Adds a paragraph. */
  public Page paragraph(String text) {
    leaveGrid();
    body.element("p", text).line();
    return this;
  }

  /** Adds a table with a caption. */
  public Page table(String caption, Table table) {
    leaveGrid();
    body.open("section").element("h3", caption).open("div", "class", "scroll");
    body.raw(table.html()).close().close().line();
    return this;
  }

  /** Adds a table with a caption in half of the width, in rows that charts share. */
  public Page tableBeside(String caption, Table table) {
    enterGrid();
    body.open("section", "class", "half").element("h3", caption).open("div", "class", "scroll");
    body.raw(table.html()).close().close().line();
    return this;
  }

  /** Adds a list of texts with a part of each highlighted; nothing if there are none. */
  public Page texts(MarkedTexts texts) {
    if (!texts.isEmpty()) {
      leaveGrid();
      body.open("section").raw(texts.html()).close().line();
    }
    return this;
  }

  /** Adds a text whose words are coloured. */
  public Page text(TextHeat text) {
    leaveGrid();
    body.open("section").raw(text.html()).close().line();
    return this;
  }

  /**
   * Adds a text whose tokens are coloured by a unit that the reader chooses.
   *
   * @throws IllegalStateException if the page has one
   */
  public Page units(UnitHeat text) {
    if (hasUnits) {
      throw new IllegalStateException("a page has one text with units");
    }
    hasUnits = true;
    scripts.add(resource("units.js"));
    leaveGrid();
    body.open("section").raw(text.html()).close().line();
    return this;
  }

  /** Adds a text as it is, with its lines and spaces; consecutive ones share rows as charts do. */
  public Page verbatim(String caption, String text) {
    enterGrid();
    body.open("figure", "class", "third").element("figcaption", caption);
    body.element("pre", text).close().line();
    return this;
  }

  /** Adds a chart; consecutive charts share rows if the window is wide enough. */
  public Page chart(Chart chart) {
    scripts.add(resource("page.js"));
    scripts.add(resource("tools.js"));
    if (!chart.script().isEmpty()) {
      scripts.add(resource(chart.script()));
    }
    enterGrid();
    figure(chart, chart.wide() ? "wide" : chart.small() ? "third" : "half");
    return this;
  }

  /**
   * Adds a script that may load from the place the page itself came from, such as one that replaces
   * the content of {@code main} by a newer one. What reads the charts works on that too.
   */
  public Page script(String source) {
    scripts.add(source);
    sources = "; connect-src 'self'";
    return this;
  }

  /** Returns the style sheet of all pages, which begins with the colours as custom properties. */
  public static String style() {
    return resource("theme.css") + resource("page.css");
  }

  /** Returns the whole page, to be stored as UTF-8. */
  public String html() {
    // The marks around the script are comments to it, and make the page well-formed as XML.
    String script = scripts.isEmpty() ? "" : "//<![CDATA[\n" + String.join("", scripts) + "//]]>\n";
    Markup head = new Markup().open("head").line();
    head.empty("meta", "charset", "utf-8").line();
    head.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").line();
    head.empty("meta", "name", "color-scheme", "content", "light dark").line();
    String policy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src"
            + " 'unsafe-inline'"
            + (script.isEmpty() ? "" : "; script-src 'sha256-%s'".formatted(sha256(script)))
            + sources;
    head.empty("meta", "http-equiv", "Content-Security-Policy", "content", policy).line();
    head.element("title", title).line();
    head.open("style").line().raw(style()).close().line();
    return "<!DOCTYPE html>\n"
        + new Markup()
            .open("html", "lang", "en")
            .line()
            .raw(head.close().toString())
            .open("body")
            .line()
            .raw(main())
            .raw(state.isEmpty() ? "" : LOST)
            .raw(script.isEmpty() ? "" : "<script>" + script + "</script>\n")
            .close()
            .close()
            .line();
  }

  /** Returns the element {@code main}: all that is seen of the page. */
  public String main() {
    leaveGrid();
    Markup main = new Markup().open("main").line().open("header").line();
    if (!state.isEmpty()) {
      main.element(
              "p",
              state,
              "class",
              "state",
              "data-over",
              over,
              "data-drawn",
              drawn,
              "data-quiet",
              QUIET_SECONDS)
          .line();
    }
    if (!kind.isEmpty()) {
      main.element("p", kind, "class", "kind").line();
    }
    main.element("h1", title).line();
    if (!facts.isEmpty()) {
      main.open("dl", "class", "facts").line();
      facts.forEach(
          (label, value) ->
              main.open("div").element("dt", label).element("dd", value).close().line());
      main.close().line();
    }
    main.close().line();
    if (!figures.isEmpty()) {
      main.open("dl", "class", "figures").line();
      figures.forEach(each -> figure(main, each));
      main.close().line();
    }
    main.raw(body.toString());
    if (!foot.isEmpty()) {
      main.element("footer", foot).line();
    }
    return main.close().line().toString();
  }

  private static void figure(Markup main, Figure figure) {
    boolean isLong = figure.value().codePointCount(0, figure.value().length()) > LONG;
    main.open("div").element("dt", figure.label());
    main.element("dd", figure.value(), "class", isLong ? "number long" : "number");
    if (!figure.note().isEmpty()) {
      main.element("dd", figure.note());
    }
    main.close().line();
  }

  private void figure(Chart chart, String css) {
    body.open("figure", "class", css).element("figcaption", chart.title()).line();
    body.raw(chart.html()).line();
    for (String note : chart.notes()) {
      body.element("p", note, "class", "note").line();
    }
    tools(chart);
    body.open("details").element("summary", "Values").open("div", "class", "scroll");
    body.raw(chart.table().html()).close().close();
    body.close().line();
  }

  /** Adds what the reader can do with a chart; it is seen where scripts run. */
  private void tools(Chart chart) {
    body.open("div", "class", "tools");
    if (chart.canBeSmoothed()) {
      body.open("label").text("Smoothing ");
      body.empty("input", "type", "range", "min", 0, "max", "0.99", "step", "0.01", "value", 0);
      body.close();
    }
    if (chart.canBeLogarithmic()) {
      body.open("label").empty("input", "type", "checkbox").text(" Log scale").close();
    }
    body.element("button", "Download TSV", "type", "button").close().line();
  }

  private void enterGrid() {
    if (!inGrid) {
      body.open("div", "class", "charts").line();
      inGrid = true;
    }
  }

  private void leaveGrid() {
    if (inGrid) {
      body.close().line();
      inGrid = false;
    }
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every platform has it
    }
  }

  private static String resource(String name) {
    try (InputStream file = Page.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
