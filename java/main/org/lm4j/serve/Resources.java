package org.lm4j.serve;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.lm4j.chart.Page;

/** The files of the server. */
final class Resources {
  private static final String PAGE = "page.html";
  private static final String STYLE = "/* page.css: that of all pages comes here */";

  private Resources() {}

  /** Returns a file; the page gets the style of all pages of lm4j. */
  static byte[] bytes(String name) {
    byte[] file = read(name);
    if (!name.equals(PAGE)) {
      return file;
    }
    String page = new String(file, StandardCharsets.UTF_8);
    return page.replace(STYLE, Page.style()).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] read(String name) {
    try (InputStream in = Resources.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
