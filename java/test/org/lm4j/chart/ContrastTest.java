package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Whatever is written on a page has a contrast of at least 4.5 to what is behind it, which WCAG 2.2
 * demands of text (level AA), in light and dark pages and on paper.
 */
class ContrastTest {
  private static final double LEAST = 4.5;
  private static final Pattern SCHEME = Pattern.compile(":root \\{(.*?)\\}", Pattern.DOTALL);
  private static final Pattern COLOUR = Pattern.compile("--([a-z0-9-]+): #([0-9a-f]{6});");

  /** The colours of a scheme by their names. */
  private record Scheme(Map<String, double[]> colours) {
    double[] of(String name) {
      return Objects.requireNonNull(colours.get(name), name);
    }
  }

  /** The colours of the three schemes as red, green and blue from 0 to 255. */
  private static List<Scheme> schemes() {
    return SCHEME
        .matcher(Page.style())
        .results()
        .map(
            scheme -> {
              Map<String, double[]> colours = new HashMap<>();
              Matcher found = COLOUR.matcher(scheme.group(1));
              while (found.find()) {
                int rgb = Integer.parseInt(found.group(2), 16);
                colours.put(found.group(1), new double[] {rgb >> 16, rgb >> 8 & 0xff, rgb & 0xff});
              }
              return colours;
            })
        .filter(colours -> colours.containsKey("paper"))
        .map(Scheme::new)
        .toList();
  }

  /** The relative luminance of WCAG 2.2. */
  private static double luminance(double[] rgb) {
    double[] weights = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      double part = rgb[i] / 255;
      sum += weights[i] * (part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4));
    }
    return sum;
  }

  private static double contrast(double[] a, double[] b) {
    double one = luminance(a);
    double other = luminance(b);
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  }

  private static double[] mixed(double[] colour, double[] behind, double part) {
    double[] mixed = new double[3];
    for (int i = 0; i < 3; i++) {
      mixed[i] = part * colour[i] + (1 - part) * behind[i];
    }
    return mixed;
  }

  /** WCAG's own examples: black and white have 21, #777777 on white has 4.48. */
  @Test
  void contrastIsThatOfTheGuidelines() {
    double[] white = {255, 255, 255};
    assertThat(contrast(new double[3], white)).isCloseTo(21, within(1e-9));
    assertThat(contrast(new double[] {0x77, 0x77, 0x77}, white)).isCloseTo(4.48, within(0.005));
  }

  @Test
  void textOnPagesAndCardsCanBeRead() {
    List<String> text =
        List.of("ink", "soft", "accent", "alert", "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7");
    assertThat(schemes())
        .hasSize(3)
        .allSatisfy(
            colours -> {
              for (String name : text) {
                for (String behind : List.of("paper", "card")) {
                  assertThat(contrast(colours.of(name), colours.of(behind)))
                      .as("%s on %s", name, behind)
                      .isGreaterThanOrEqualTo(LEAST);
                }
              }
              assertThat(contrast(colours.of("on-accent"), colours.of("accent")))
                  .isGreaterThanOrEqualTo(LEAST);
              assertThat(contrast(colours.of("paper"), colours.of("ink")))
                  .as("what is pointed at")
                  .isGreaterThanOrEqualTo(LEAST);
            });
  }

  @Test
  void numbersInCellsAndWordsInColourCanBeRead() {
    for (Scheme colours : schemes()) {
      for (String hue : List.of("heat", "cold")) {
        for (int i = 0; i <= 1000; i++) {
          double strength = i / 1000.0;
          String text =
              strength >= HeatDrawing.STRONG
                  ? "on-heat"
                  : strength >= HeatDrawing.MIDDLE
                      ? "on-mid"
                      : strength >= HeatDrawing.WEAK ? "on-low" : "ink";
          double[] cell = mixed(colours.of(hue), colours.of("card"), strength);
          assertThat(contrast(colours.of(text), cell))
              .as("%s on %s of %s", text, hue, strength)
              .isGreaterThanOrEqualTo(LEAST);
          // The words of a text have at most this part of the colour.
          double most = luminance(colours.of("card")) < 0.5 ? 0.46 : 0.6;
          double[] word = mixed(colours.of(hue), colours.of("card"), most * strength);
          assertThat(contrast(colours.of("ink"), word)).isGreaterThanOrEqualTo(LEAST);
        }
      }
    }
    assertThat(Page.style())
        .contains(
            "--most: 60%",
            "{ .text { --most: 46%; } }",
            "mark { background: color-mix(in" + " srgb, var(--cold) 24%, transparent)");
  }

  /** What the keyboard has reached is outlined, in a colour that stands out (3, for graphics). */
  @Test
  void theFocusOfTheKeyboardIsSeen() {
    assertThat(Page.style())
        .contains(":focus-visible { outline: 2px solid var(--accent)", "prefers-reduced-motion")
        .doesNotContain("outline: 0", ":focus { outline: none");
    for (Scheme colours : schemes()) {
      assertThat(contrast(colours.of("accent"), colours.of("card"))).isGreaterThan(3);
    }
  }
}
