package org.lm4j.chart;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A text whose tokens are coloured by one of many units, as a part of a {@link Page}: positive and
 * negative values in two colours. The reader chooses the unit from a list, by arrow keys, or from
 * rankings. Values are stored to about a hundredth of their range. Without scripts the first unit
 * of the first ranking is seen. Nothing in the text can act on the page.
 */
public final class UnitHeat {
  private static final int STRENGTHS = 20; // as in page.css
  private static final int LEVELS = 127;

  private final String value;
  private final List<Line> lines = new ArrayList<>();
  private final List<Unit> units = new ArrayList<>();
  private final List<Ranking> rankings = new ArrayList<>();

  /**
   * A token of a line.
   *
   * @param text what is drawn in its place if the line has no such text
   * @param start where it begins in the line, as for {@link String#charAt}
   * @param end where it ends, exclusive
   */
  public record Token(String text, int start, int end) {}

  /**
   * A unit of a ranking.
   *
   * @param unit its place in the order of {@link #unit}
   * @param note what is known about it
   */
  public record Ranked(int unit, String note) {}

  private record Line(String label, String text, List<Token> tokens) {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Unit(String name, double[] values) {}

  private record Ranking(String title, List<Ranked> units) {}

  private UnitHeat(String value) {
    this.value = value;
  }

  /**
   * Creates an empty text.
   *
   * @param value what the values are, for the legend
   */
  public static UnitHeat of(String value) {
    return new UnitHeat(value);
  }

  /**
   * Adds a line.
   *
   * @param label stands before it
   * @param tokens in the order of the line
   */
  public UnitHeat line(String label, String text, List<Token> tokens) {
    lines.add(new Line(label, text, List.copyOf(tokens)));
    return this;
  }

  /**
   * Adds a unit.
   *
   * @param values one for each token of all lines
   */
  public UnitHeat unit(String name, double[] values) {
    units.add(new Unit(name, values.clone()));
    return this;
  }

  /** Adds a ranking of units. */
  public UnitHeat ranking(String title, List<Ranked> ranked) {
    rankings.add(new Ranking(title, List.copyOf(ranked)));
    return this;
  }

  /** Returns the value with the full colour: the largest of all, at least 1. */
  private double full() {
    double full = 1;
    for (Unit unit : units) {
      for (double each : unit.values()) {
        full = Double.isFinite(each) ? Math.max(full, Math.abs(each)) : full;
      }
    }
    return full;
  }

  String html() {
    int count = lines.stream().mapToInt(line -> line.tokens().size()).sum();
    for (Unit unit : units) {
      if (unit.values().length != count) {
        throw new IllegalArgumentException(
            "%s has %d values for %d tokens".formatted(unit.name(), unit.values().length, count));
      }
    }
    double full = full();
    int first =
        rankings.stream()
            .flatMap(each -> each.units().stream())
            .mapToInt(Ranked::unit)
            .findFirst()
            .orElse(0);
    Markup markup = new Markup();
    markup.open("div", "class", "units").line();
    controls(markup, first);
    markup.open("div", "class", "text").line();
    legend(markup, full);
    int at = 0;
    for (Line line : lines) {
      at = line(markup, line, units.get(first).values(), at, full);
    }
    markup.close().line();
    markup.element("div", "", "class", "status", "role", "status").line();
    markup.element(
        "div",
        data(full, count),
        "class",
        "data",
        "hidden",
        "hidden",
        "data-count",
        count,
        "data-full",
        String.valueOf(full));
    return markup.close().toString();
  }

  private void controls(Markup markup, int first) {
    markup.open("div", "class", "controls");
    markup.element("button", "◀", "type", "button", "data-by", -1, "title", "the unit before (←)");
    markup.open("label").text("unit ").open("select");
    for (int i = 0; i < units.size(); i++) {
      Object[] attributes =
          i == first
              ? new Object[] {"value", i, "selected", "selected"}
              : new Object[] {"value", i};
      markup.element("option", units.get(i).name(), attributes);
    }
    markup.close().close();
    markup.element("button", "▶", "type", "button", "data-by", 1, "title", "the next unit (→)");
    markup.element(
        "span", "← → another unit; click a token, then ↑ ↓ for its neighbours", "class", "keys");
    markup.close().line();
    if (rankings.isEmpty()) {
      return;
    }
    markup.open("div", "class", "rankings").line();
    for (Ranking ranking : rankings) {
      markup.open("div").element("b", ranking.title());
      for (Ranked each : ranking.units()) {
        markup.open("button", "type", "button", "data-unit", each.unit());
        markup.text(units.get(each.unit()).name()).element("span", each.note()).close();
      }
      markup.close().line();
    }
    markup.close().line();
  }

  private void legend(Markup markup, double full) {
    markup.open("div", "class", "legend").element("span", value);
    for (double part : new double[] {-1, -0.5, 0, 0.5, 1}) {
      markup.element(
          "span", Numbers.significant(part * full, 2).replace('-', '\u2212'), "class", css(part));
    }
    markup.close().line();
  }

  private static String css(double part) {
    return "word s"
        + Math.round(STRENGTHS * Math.clamp(Math.abs(part), 0, 1))
        + (part < 0 ? " neg" : "");
  }

  private static int line(Markup markup, Line line, double[] values, int from, double full) {
    markup.open("div", "class", "line", "dir", "auto");
    markup.element("span", line.label(), "class", "number");
    int at = 0;
    int next = from;
    for (Token token : line.tokens()) {
      if (token.start() > at) {
        markup.text(line.text().substring(at, token.start()));
      }
      boolean own = token.end() > token.start() && token.start() >= at;
      String text = own ? line.text().substring(token.start(), token.end()) : token.text();
      markup.element("span", text, "class", css(values[next++] / full), "tabindex", -1);
      at = Math.max(at, token.end());
    }
    markup.text(line.text().substring(Math.min(at, line.text().length()))).close().line();
    return next;
  }

  /** Returns all values, unit by unit, a byte each, in base 64. */
  private String data(double full, int count) {
    byte[] bytes = new byte[Math.multiplyExact(units.size(), count)];
    int at = 0;
    for (Unit unit : units) {
      for (double each : unit.values()) {
        double part = Double.isNaN(each) ? 0 : Math.clamp(each / full, -1, 1);
        bytes[at++] = (byte) Math.round(LEVELS * part);
      }
    }
    return Base64.getEncoder().encodeToString(bytes);
  }
}
