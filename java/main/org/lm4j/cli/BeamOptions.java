package org.lm4j.cli;

import org.lm4j.generate.TranslationWriter;
import picocli.CommandLine.Option;

/** How to look for the best translation. */
final class BeamOptions {
  @Option(
      names = "--beam",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Beginnings looked at together; 1 takes the likeliest token each time [1].")
  private int beam = 1;

  @Option(
      names = "--length",
      paramLabel = "N",
      converter = Converters.PositiveInt.class,
      description = "Most tokens to write [about twice the source's].")
  private int length;

  @Option(
      names = "--length-power",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description = {
        "Translations are compared by log P / length^X: 0 favours short ones, 1 compares the"
            + " mean token [0]."
      })
  private double lengthPower;

  /** As given. */
  TranslationWriter.Request request() {
    return new TranslationWriter.Request(beam, length, lengthPower);
  }
}
