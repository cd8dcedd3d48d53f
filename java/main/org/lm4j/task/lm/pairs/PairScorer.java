package org.lm4j.task.lm.pairs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Gatherers;
import java.util.stream.Stream;
import org.lm4j.InputException;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScorer;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.Level;

/** Scores minimal pairs with any model that predicts text. Used by one thread at a time. */
public final class PairScorer implements AutoCloseable {
  /** How many pairs are best scored together: many share their first words. */
  public static final int TOGETHER = 2048;

  private final LineScorer lines;
  private final boolean wordsNeedSpace;

  /**
   * Prepares to score pairs.
   *
   * @param scoring what is read before a sentence, and whether its end is scored; a state that is
   *     carried is refused
   * @throws InputException if the vocabulary lacks what {@code scoring} needs
   * @throws IllegalArgumentException if {@code scoring} carries the state
   */
  public PairScorer(ScoringModel model, LineScoring scoring) {
    if (scoring.carry()) {
      throw new IllegalArgumentException("the sentences of a pair do not follow each other");
    }
    this.lines = model.lineScorer(scoring);
    Level level = model.vocabulary().level();
    this.wordsNeedSpace = level == Level.CHAR || level == Level.BYTE;
  }

  /**
   * Scores some pairs.
   *
   * @return the scores in the order of the pairs
   * @throws org.lm4j.compute.BackendException if a score is not a finite number
   */
  public List<PairScore> score(List<MinimalPair> pairs) {
    List<String> texts = new ArrayList<>(2 * pairs.size());
    for (MinimalPair pair : pairs) {
      texts.add(text(pair, pair.good()));
      texts.add(text(pair, pair.bad()));
    }
    List<LineScore> scores = lines.score(texts);
    List<PairScore> results = new ArrayList<>(pairs.size());
    for (int i = 0; i < pairs.size(); i++) {
      MinimalPair pair = pairs.get(i);
      results.add(
          new PairScore(
              pair, sentence(pair, scores.get(2 * i)), sentence(pair, scores.get(2 * i + 1))));
    }
    return results;
  }

  /** Scores pairs as the result is consumed, so that memory does not grow with their number. */
  public Stream<PairScore> score(Stream<MinimalPair> pairs) {
    return pairs
        .sequential()
        .gather(Gatherers.windowFixed(TOGETHER))
        .flatMap(some -> score(some).stream());
  }

  /**
   * Returns what is read. Where a word is several characters, the space after it is scored with it:
   * else "spend" could never be less likely than "spends".
   */
  private String text(MinimalPair pair, String sentence) {
    return pair.ofWords() && wordsNeedSpace ? sentence + " " : sentence;
  }

  private static PairScore.Sentence sentence(MinimalPair pair, LineScore line) {
    double nats = 0;
    int unknown = 0;
    int[] ids = new int[line.tokens().size()];
    int scored = 0;
    for (LineScore.Token token : line.tokens()) {
      boolean lineEnd = token.start() == token.end();
      if (token.start() < pair.from() || (lineEnd && pair.ofWords())) {
        continue;
      }
      unknown += token.known() ? 0 : 1;
      if (token.scored()) {
        nats += token.nats();
        ids[scored++] = token.id();
      }
    }
    return new PairScore.Sentence(nats, Arrays.copyOf(ids, scored), unknown);
  }

  @Override
  public void close() {
    lines.close();
  }
}
