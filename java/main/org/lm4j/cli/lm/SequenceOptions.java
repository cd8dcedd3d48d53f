package org.lm4j.cli.lm;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Choices;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.Symbols;
import org.lm4j.text.token.TextUnit;
import picocli.CommandLine.Option;

/** The options of how a text is divided into sequences. Unset options are null. */
final class SequenceOptions {
  @Option(
      names = "--unit",
      paramLabel = "NAME",
      converter = Choices.TextUnits.class,
      completionCandidates = Choices.TextUnits.class,
      description = {
        "What is one sequence: stream (the whole text), line, or document (lines up to the next empty"
            + " line) [stream; of a model, as in its training]."
      })
  private @Nullable TextUnit unit;

  @Option(
      names = "--symbols",
      paramLabel = "NAME",
      converter = Choices.SequenceSymbols.class,
      completionCandidates = Choices.SequenceSymbols.class,
      description = {
        "Around lines and documents: bos+eos (a line end is read first, so that the first token is"
            + " predicted, and the end is predicted), eos (only the end is predicted; nothing is read"
            + " before the first token) or none. The line end is <eos> at word level, the newline"
            + " elsewhere; a document ends at an empty line [bos+eos; of a model, as in its training]."
      })
  private @Nullable Symbols symbols;

  @Option(
      names = "--state",
      paramLabel = "NAME",
      converter = Choices.LineStates.class,
      completionCandidates = Choices.LineStates.class,
      description = {
        "reset: each line or document begins from a zero state; carry: the state is carried from one"
            + " to the next [reset; of a model, as in its training]."
      })
  private @Nullable String state;

  /**
   * Returns how a text is divided.
   *
   * @param base applies where nothing is asked for
   * @throws InputException if symbols or state are asked for in a stream
   */
  Segmentation segmentation(Segmentation base) {
    Segmentation wanted = unit == null || unit == base.unit() ? base : Segmentation.of(unit);
    if (wanted.isStream() && (symbols != null || state != null)) {
      throw new InputException(
          "--symbols and --state are those of lines or documents: add --unit line or document.");
    }
    if (symbols != null) {
      wanted = wanted.withSymbols(symbols);
    }
    return state == null ? wanted : wanted.withCarry(state.equals("carry"));
  }
}
