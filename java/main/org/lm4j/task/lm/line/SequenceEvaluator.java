package org.lm4j.task.lm.line;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.SequenceIndex;
import org.lm4j.text.token.SequenceStream;
import org.lm4j.text.token.TokenSequence;

/**
 * Scores the lines or documents of a text, each from a zero state unless the state is carried. From
 * a zero state the score of one does not depend on the others, as {@link LineScorer} computes it.
 * Memory does not grow with their number or length. Used by one thread at a time.
 */
public final class SequenceEvaluator {
  private static final int MOST_SEQUENCES = 2048; // read ahead
  private static final int MOST_TOKENS = 1 << 18;
  private static final LineScoring ALONE = LineScoring.defaults().withBegin(false);

  private final Scorers scorers;
  private final SequenceIndex index;
  private final int begin;
  private int most = MOST_TOKENS; // of a sequence that is scored as a whole

  // The sums so far.
  private long targets;
  private double loss;
  private long oovTargets;
  private double oovLoss;

  private SequenceEvaluator(Scorers scorers, SequenceIndex index) {
    this.scorers = scorers;
    this.index = index;
    this.begin = index.segmentation().symbols().begin() ? 1 : 0;
  }

  /** Computes the scores. */
  private interface Scorers {
    LineScorer lines(LineScoring options);

    Evaluator.Score stream(
        TokenSequence tokens,
        int streams,
        Evaluator.@Nullable TargetListener listener,
        Evaluator.@Nullable ProgressListener progress);
  }

  /** Prepares to score the sequences of a text, which stays open, with a model. */
  public static SequenceEvaluator of(ScoringModel model, SequenceIndex index) {
    return new SequenceEvaluator(
        new Scorers() {
          @Override
          public LineScorer lines(LineScoring options) {
            return model.lineScorer(options);
          }

          @Override
          public Evaluator.Score stream(
              TokenSequence tokens,
              int streams,
              Evaluator.@Nullable TargetListener listener,
              Evaluator.@Nullable ProgressListener progress) {
            return model.score(tokens, streams, listener, progress);
          }
        },
        index);
  }

  /** Prepares to score the sequences of a text, which stays open, with a network. */
  public static SequenceEvaluator of(
      LanguageModelNetwork model, Vocabulary vocabulary, SequenceIndex index) {
    return new SequenceEvaluator(
        new Scorers() {
          @Override
          public LineScorer lines(LineScoring options) {
            return new LineScorer(model, vocabulary, options);
          }

          @Override
          public Evaluator.Score stream(
              TokenSequence tokens,
              int streams,
              Evaluator.@Nullable TargetListener listener,
              Evaluator.@Nullable ProgressListener progress) {
            try (Evaluator evaluator = new Evaluator(model, tokens, streams)) {
              return evaluator.score(listener, progress);
            }
          }
        },
        index);
  }

  /** Scores sequences of more tokens in parts, each from the state after the one before. */
  SequenceEvaluator inPartsAbove(int tokens) {
    most = tokens;
    return this;
  }

  /**
   * Scores all sequences in their order.
   *
   * @param streams into how many parts the text may be cut if the state is carried, see {@link
   *     Evaluator}
   * @param listener receives every target with its loss in nats and its place in the text, where a
   *     last line end that the text lacks would be one behind its last token; null for none
   * @param progress receives how much is scored; null for none
   * @return the sums; no targets if no sequence has any
   * @throws org.lm4j.compute.BackendException if a loss is not a finite number
   */
  public Evaluator.Score score(
      int streams,
      Evaluator.@Nullable TargetListener listener,
      Evaluator.@Nullable ProgressListener progress) {
    if (!index.segmentation().carry()) {
      return scoreAlone(listener, progress);
    }
    SequenceStream text = new SequenceStream(index);
    Evaluator.TargetListener atPlace =
        listener == null ? null : (at, token, nats) -> listener.target(text.place(at), token, nats);
    return scorers.stream(text, streams, atPlace, progress);
  }

  private Evaluator.Score scoreAlone(
      Evaluator.@Nullable TargetListener listener, Evaluator.@Nullable ProgressListener progress) {
    targets = 0;
    loss = 0;
    oovTargets = 0;
    oovLoss = 0;
    try (LineScorer scorer = scorers.lines(ALONE)) {
      List<LineScorer.Sequence> waiting = new ArrayList<>();
      long first = 0; // of those that wait
      long tokens = 0;
      for (long i = 0; i < index.count(); i++) {
        long length = index.length(i) + index.segmentation().extra();
        if (length <= most) {
          waiting.add(read(i, 0, (int) length, begin));
          tokens += length;
        }
        boolean last = i + 1 == index.count();
        if (last || length > most || tokens > MOST_TOKENS || waiting.size() == MOST_SEQUENCES) {
          scorer.scoreTokens(waiting);
          for (int w = 0; w < waiting.size(); w++) {
            add(waiting.get(w), first + w, 0, listener);
          }
          if (length > most) {
            scoreInParts(i, length, listener);
          }
          waiting.clear();
          first = i + 1;
          tokens = 0;
          if (progress != null) {
            progress.windows(first, index.count());
          }
        }
      }
    }
    return new Evaluator.Score(targets, loss, oovTargets, oovLoss);
  }

  private LineScorer.Sequence read(long sequence, long from, int count, int before) {
    int[] ids = new int[count];
    if (count > 0) {
      index.copy(sequence, from, count, ids);
    }
    return new LineScorer.Sequence(ids, before, null);
  }

  /** Scores a sequence that is too long for memory, part after part with the state carried. */
  private void scoreInParts(
      long sequence, long length, Evaluator.@Nullable TargetListener listener) {
    try (LineScorer scorer = scorers.lines(ALONE.carried())) {
      for (long from = 0; from + 1 < length; from += most - 1) {
        int count = (int) Math.min(most, length - from);
        LineScorer.Sequence part = read(sequence, from, count, 1); // the last of the part before
        scorer.scoreTokens(List.of(part));
        add(part, sequence, from, listener);
      }
    }
  }

  /** Adds the losses of a sequence, or of the part of it that begins at a token. */
  private void add(
      LineScorer.Sequence read,
      long sequence,
      long from,
      Evaluator.@Nullable TargetListener listener) {
    for (int at = 0; at < read.ids.length; at++) {
      if (!read.isScored(at)) {
        continue;
      }
      long place = index.start(sequence) + from + at - begin;
      double nats = read.nats[at];
      targets++;
      loss += nats;
      if (place < index.tokens().size() && index.tokens().isOov(place)) {
        oovTargets++;
        oovLoss += nats;
      }
      if (listener != null) {
        listener.target(place, read.ids[at], nats);
      }
    }
  }
}
