package org.lm4j.chart;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;

/**
 * A self-contained HTML page of charts, tables and text, readable on light, dark and small screens
 * and on paper. It loads nothing. Only a {@link UnitHeat} needs a script; it is part of the page,
 * and a policy lets browsers run no other.
 */
public final class Page {
  private final String title;
  private final Markup body = new Markup();
  private boolean inGrid;
  private boolean scripted;

  private Page(String title) {
    this.title = title;
  }

  /** Creates an empty page. */
  public static Page of(String title) {
    return new Page(title);
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
    body.open("section", "class", "scroll").element("h3", caption);
    body.raw(table.html()).close().line();
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
    if (scripted) {
      throw new IllegalStateException("a page has one text with units");
    }
    scripted = true;
    leaveGrid();
    body.open("section").raw(text.html()).close().line();
    return this;
  }

  /** Adds a chart; consecutive charts share rows if the window is wide enough. */
  public Page chart(Chart chart) {
    if (!inGrid) {
      body.open("div", "class", "charts").line();
      inGrid = true;
    }
    figure(chart, chart.wide() ? "wide" : "normal");
    return this;
  }

  /** Returns the whole page, to be stored as UTF-8. */
  public String html() {
    leaveGrid();
    Markup head = new Markup().open("head").line();
    head.empty("meta", "charset", "utf-8").line();
    head.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").line();
    head.empty("meta", "name", "color-scheme", "content", "light dark").line();
    if (scripted) {
      String policy =
          "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-%s'"
              .formatted(sha256(UnitHeat.script()));
      head.empty("meta", "http-equiv", "Content-Security-Policy", "content", policy).line();
    }
    head.element("title", title).line();
    head.open("style").line().raw(style()).close().line();
    return "<!DOCTYPE html>\n"
        + new Markup()
            .open("html", "lang", "en")
            .line()
            .raw(head.close().toString())
            .open("body")
            .line()
            .element("h1", title)
            .line()
            .raw(body.toString())
            .raw(scripted ? "<script>" + UnitHeat.script() + "</script>\n" : "")
            .close()
            .close()
            .line();
  }

  private void figure(Chart chart, String css) {
    body.open("figure", "class", css).element("figcaption", chart.title()).line();
    body.open("div", "class", "drawing").raw(chart.svg()).close().line();
    for (String note : chart.notes()) {
      body.element("p", note, "class", "note").line();
    }
    body.open("div", "class", "scroll").raw(chart.table().html()).close();
    body.close().line();
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

  private static String style() {
    try (InputStream file = Page.class.getResourceAsStream("page.css")) {
      return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
