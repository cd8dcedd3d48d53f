package org.lm4j.task.scenes;

import java.util.Locale;

/** The colour of an object in a scene. */
public enum SceneColour {
  /** English red. */
  RED(0.90, 0.15, 0.15),
  /** English green. */
  GREEN(0.15, 0.75, 0.20),
  /** English blue. */
  BLUE(0.20, 0.35, 0.95),
  /** English yellow. */
  YELLOW(0.95, 0.90, 0.20),
  /** English purple. */
  PURPLE(0.65, 0.25, 0.85),
  /** English orange; the one that takes "an". */
  ORANGE(1.00, 0.55, 0.10);

  private final double red;
  private final double green;
  private final double blue;

  SceneColour(double red, double green, double blue) {
    this.red = red;
    this.green = green;
    this.blue = blue;
  }

  /** Returns the word for it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the article before the word. */
  String article() {
    return this == ORANGE ? "an" : "a";
  }

  /** Returns the red (0), green (1) or blue (2) channel at full light, from 0 to 1. */
  double channel(int i) {
    return i == 0 ? red : i == 1 ? green : blue;
  }

  /** Returns the colour as {@code #rrggbb}. */
  public String hex() {
    return String.format(
        Locale.ROOT,
        "#%02x%02x%02x",
        Math.round(255 * red),
        Math.round(255 * green),
        Math.round(255 * blue));
  }
}
