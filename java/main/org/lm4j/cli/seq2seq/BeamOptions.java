package org.lm4j.cli.seq2seq;

import org.lm4j.cli.options.Converters;
import org.lm4j.task.seq2seq.Seq2SeqGenerator;
import picocli.CommandLine.Option;

/** The options of beam search. */
final class BeamOptions {
  @Option(
      names = "--beam",
      paramLabel = "N",
      description =
          "Beginnings looked at together; 1 takes the most likely token each time [{default}].")
  private int beam = 1;

  @Option(
      names = {"--max-length", "--length"},
      paramLabel = "N",
      description = "Most tokens to write [about twice the source's].")
  private int length;

  @Option(
      names = "--length-power",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description = {
        "Translations are compared by log P / length^X: 0 favours short ones, 1 compares the"
            + " mean token [{default}]."
      })
  private double lengthPower;

  /** Returns the request of these options. */
  Seq2SeqGenerator.Request request() {
    return new Seq2SeqGenerator.Request(beam, length, lengthPower);
  }
}
