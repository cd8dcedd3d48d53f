package org.lm4j.cli.lm;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.line.SequenceEvaluator;
import org.lm4j.text.SequenceCounts;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.SequenceIndex;
import org.lm4j.text.token.SequenceStream;
import org.lm4j.text.token.TextCounts;
import org.lm4j.text.token.TokenFile;
import org.lm4j.text.token.TokenSequence;

/**
 * A text that is evaluated, as one stream or in lines or documents.
 *
 * @param index of its sequences; null for a stream
 */
record EvalText(Vocabulary vocabulary, TokenFile tokens, @Nullable SequenceIndex index) {
  /**
   * Checks that there is something to predict.
   *
   * @param names the text as a message calls it
   * @throws InputException if there is not
   */
  void requireTargets(String names) {
    if (index == null && tokens.size() < 2) {
      throw new InputException(
          names + " has fewer than two tokens the model knows: there is nothing to predict.");
    }
    if (index != null && counts().tokens() < 1) {
      throw new InputException(
          "no %s of %s has a token that is predicted; see --symbols."
              .formatted(index.segmentation().unit().label(), names));
    }
  }

  /** Returns what the targets cover. */
  TextCounts counts() {
    return index == null ? tokens.stats().targets() : SequenceCounts.of(vocabulary, index);
  }

  /** Returns into how many parts the text is cut if as many as {@code wanted} may be. */
  int streams(int wanted) {
    if (index != null && !index.segmentation().carry()) {
      return 1;
    }
    TokenSequence text = index == null ? tokens : new SequenceStream(index);
    return (int) Math.max(1, Math.min(wanted, text.size() - 1));
  }

  /** Scores the text, as {@link SequenceEvaluator#score} or {@link ScoringModel#score}. */
  Evaluator.Score score(
      ScoringModel model,
      int streams,
      Evaluator.@Nullable TargetListener listener,
      Evaluator.@Nullable ProgressListener progress) {
    if (index != null) {
      return SequenceEvaluator.of(model, index).score(streams, listener, progress);
    }
    return model.score(tokens, streams, listener, progress);
  }

  /** Returns how the text was divided; nothing for a stream. */
  Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    if (index != null) {
      Segmentation segmentation = index.segmentation();
      values.put("unit", segmentation.unit().label());
      values.put("symbols", segmentation.symbols().label());
      values.put("state", segmentation.carry() ? "carry" : "reset");
      values.put("sequences", index.count());
    }
    return values;
  }

  /** Prints how the text was divided; nothing for a stream. */
  void print(PrintWriter out) {
    if (index == null) {
      return;
    }
    Segmentation segmentation = index.segmentation();
    String unit = segmentation.unit().label();
    String read =
        switch (segmentation.symbols()) {
          case BOS_EOS -> "after a line end, to its end";
          case EOS -> "without its first token, to its end";
          case NONE -> "without its first token and its end";
        };
    out.println(
        String.format(
            Locale.ROOT,
            "scored %,d %s%s, %s %s",
            index.count(),
            unit,
            index.count() == 1 ? "" : "s",
            segmentation.carry()
                ? "the state carried from one to the next, each"
                : "each from a zero state",
            read));
  }
}
