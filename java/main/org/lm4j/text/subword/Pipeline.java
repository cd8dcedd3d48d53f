package org.lm4j.text.subword;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What happens to a text before a model cuts it into pieces.
 *
 * @param asIs tokens found in the text as it is
 * @param normalized tokens found after normalization
 */
record Pipeline(
    AddedTokens asIs,
    UnaryOperator<AlignedText> normalizer,
    AddedTokens normalized,
    PreTokenization parts) {
  /** Receives the parts and added tokens of a text. */
  interface Sink {
    void part(AlignedText part);

    /** Receives an added token and where it stands in the text. */
    void token(int id, int start, int end);
  }

  void run(String text, Sink sink) {
    asIs.parts(
        text,
        (from, to, id) -> {
          if (id >= 0) {
            sink.token(id, from, to);
          } else {
            between(normalizer.apply(AlignedText.of(text.substring(from, to), from)), sink);
          }
        });
  }

  private void between(AlignedText text, Sink sink) {
    normalized.parts(
        text.text(),
        (from, to, id) -> {
          if (id >= 0) {
            sink.token(id, text.start(from), text.end(to - 1));
          } else {
            split(text.slice(from, to)).forEach(sink::part);
          }
        });
  }

  private List<AlignedText> split(AlignedText text) {
    List<AlignedText> current = List.of(text);
    for (PreTokenization.Step step : parts.steps()) {
      List<AlignedText> next = new ArrayList<>();
      for (AlignedText part : current) {
        step.split(part, next);
      }
      next.removeIf(AlignedText::isEmpty);
      current = next;
    }
    return current;
  }
}
