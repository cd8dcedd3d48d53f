package org.lm4j.cli.score;

/** Prints scores as another tool prints them. Used by one thread at a time. */
public interface PresetWriter {
  /** Returns what stands before all lines; often a header. */
  String begin();

  /** Appends what stands for one line. */
  void append(StringBuilder out, ScoredLine line);

  /** Returns what stands after all lines; often nothing. */
  default String end() {
    return "";
  }
}
