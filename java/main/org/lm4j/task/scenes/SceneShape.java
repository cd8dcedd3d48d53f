package org.lm4j.task.scenes;

import java.util.Locale;

/** The shape of an object in a scene. */
public enum SceneShape {
  /** A disc. */
  CIRCLE("<circle cx=\"0\" cy=\"0\" r=\"1\"/>"),
  /** A square with sides parallel to the axes. */
  SQUARE("<rect x=\"-0.9\" y=\"-0.9\" width=\"1.8\" height=\"1.8\"/>"),
  /** A triangle standing on one side. */
  TRIANGLE("<path d=\"M0-1L1 0.9H-1Z\"/>"),
  /** A square standing on a corner. */
  DIAMOND("<path d=\"M0-1L1 0L0 1L-1 0Z\"/>"),
  /** A cross of two bars. */
  CROSS("<path d=\"M-0.35-1H0.35V-0.35H1V0.35H0.35V1H-0.35V0.35H-1V-0.35H-0.35Z\"/>");

  private final String svg;

  SceneShape(String svg) {
    this.svg = svg;
  }

  /** Returns the word for it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the plural. */
  String plural() {
    return this == CROSS ? "crosses" : word() + "s";
  }

  /** Returns an SVG element of radius 1 around the origin, y downwards. */
  String svg() {
    return svg;
  }

  /** Returns whether a point belongs to the shape of radius 1 around the origin, y downwards. */
  boolean covers(double x, double y) {
    return switch (this) {
      case CIRCLE -> x * x + y * y <= 1;
      case SQUARE -> Math.abs(x) <= 0.9 && Math.abs(y) <= 0.9;
      case TRIANGLE -> y >= -1 && y <= 0.9 && Math.abs(x) <= (y + 1) / 1.9;
      case DIAMOND -> Math.abs(x) + Math.abs(y) <= 1;
      case CROSS ->
          Math.max(Math.abs(x), Math.abs(y)) <= 1 && Math.min(Math.abs(x), Math.abs(y)) <= 0.35;
    };
  }
}
