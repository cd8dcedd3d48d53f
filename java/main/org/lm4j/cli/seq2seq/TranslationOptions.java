package org.lm4j.cli.seq2seq;

import org.lm4j.cli.options.BeamOptions;
import org.lm4j.task.seq2seq.Seq2SeqGenerator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of translation. */
final class TranslationOptions {
  @Mixin private BeamOptions search;

  @Option(
      names = {"--max-length", "--length"},
      paramLabel = "N",
      description = "Most tokens to write [about twice the source's].")
  private int length;

  /** Returns the request of these options. */
  Seq2SeqGenerator.Request request() {
    return new Seq2SeqGenerator.Request(search.beam(), length, search.lengthPower());
  }
}
