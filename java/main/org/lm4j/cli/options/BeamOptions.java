package org.lm4j.cli.options;

import picocli.CommandLine.Option;

/** The options of beam search. */
public final class BeamOptions {
  @Option(
      names = "--beam",
      paramLabel = "K",
      description =
          "Keep the K most likely prefixes; 1 takes the most likely token each time [{default}].")
  private int beam = 1;

  @Option(
      names = "--length-power",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description =
          "Compare what a beam found by log P / length^X: 0 favours short results, 1 takes the mean"
              + " token [{default}].")
  private double lengthPower;

  /** Returns how many prefixes are kept. */
  public int beam() {
    return beam;
  }

  /** Returns the power of the length by which results are compared. */
  public double lengthPower() {
    return lengthPower;
  }
}
