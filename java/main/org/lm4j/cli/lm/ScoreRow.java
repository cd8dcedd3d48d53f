package org.lm4j.cli.lm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.task.lm.line.LineScore;

/**
 * A row of the table that {@code lm score} prints.
 *
 * @param line the line it belongs to
 * @param position of the token or word in the line, from 1; 0 for a whole line
 * @param start its first character in the line, in code points from 0
 * @param end the character after its last
 * @param outside number of its tokens that are not in the vocabulary
 * @param tokens number of its tokens that have a score
 * @param nats its surprisal; NaN for none
 * @param prediction what the model predicted in its place, where the model's tokens are what the
 *     row is about
 * @param reduction by how much the entropy falls from its place to the next, in nats; NaN where
 *     nothing is predicted after it
 */
record ScoreRow(
    LineInput.Line line,
    int position,
    String text,
    int start,
    int end,
    int outside,
    int tokens,
    double nats,
    LineScore.@Nullable Prediction prediction,
    double reduction) {

  /** What a row is about. */
  enum Per {
    TOKEN,
    WORD,
    LINE
  }

  /**
   * Returns the rows of a line.
   *
   * @param wholeWords whether the model's tokens are words: only then is what it predicts in the
   *     place of a word a distribution over words
   */
  static List<ScoreRow> of(
      LineInput.Line line, LineScore score, Per per, LineScore.Space space, boolean wholeWords) {
    Places places = new Places(score.line());
    return switch (per) {
      case TOKEN -> ofTokens(line, score.tokens(), places);
      case WORD -> ofWords(line, score.words(space), places, wholeWords);
      case LINE -> List.of(ofLine(line, score));
    };
  }

  private static List<ScoreRow> ofTokens(
      LineInput.Line line, List<LineScore.Token> tokens, Places places) {
    List<ScoreRow> rows = new ArrayList<>(tokens.size());
    for (int i = 0; i < tokens.size(); i++) {
      LineScore.Token token = tokens.get(i);
      rows.add(
          new ScoreRow(
              line,
              i + 1,
              token.text(),
              places.of(token.start()),
              places.of(token.end()),
              token.known() ? 0 : 1,
              token.scored() ? 1 : 0,
              token.nats(),
              token.prediction(),
              reduction(
                  token.prediction(),
                  i + 1 < tokens.size() ? tokens.get(i + 1).prediction() : null)));
    }
    return rows;
  }

  private static List<ScoreRow> ofWords(
      LineInput.Line line, List<LineScore.Word> words, Places places, boolean wholeWords) {
    List<ScoreRow> rows = new ArrayList<>(words.size());
    for (int i = 0; i < words.size(); i++) {
      LineScore.Word word = words.get(i);
      LineScore.Prediction prediction = prediction(word, wholeWords);
      rows.add(
          new ScoreRow(
              line,
              i + 1,
              word.text(),
              places.of(word.start()),
              places.of(word.end()),
              (int) word.tokens().stream().filter(token -> !token.known()).count(),
              (int) word.tokens().stream().filter(LineScore.Token::scored).count(),
              word.nats(),
              prediction,
              reduction(
                  prediction,
                  i + 1 < words.size() ? prediction(words.get(i + 1), wholeWords) : null)));
    }
    return rows;
  }

  private static LineScore.@Nullable Prediction prediction(
      LineScore.Word word, boolean wholeWords) {
    return wholeWords ? word.tokens().getFirst().prediction() : null;
  }

  private static ScoreRow ofLine(LineInput.Line line, LineScore score) {
    String text = score.line();
    return new ScoreRow(
        line,
        0,
        text,
        0,
        text.codePointCount(0, text.length()),
        (int) score.tokens().stream().filter(token -> !token.known()).count(),
        score.scored(),
        score.nats(),
        null,
        Double.NaN);
  }

  /**
   * Returns by how much the entropy falls, at least 0 (Hale, "Uncertainty About the Rest", 2006).
   */
  private static double reduction(
      LineScore.@Nullable Prediction here, LineScore.@Nullable Prediction next) {
    return here == null || next == null ? Double.NaN : Math.max(0, here.entropy() - next.entropy());
  }

  /** Counts code points, for places that do not decrease. */
  private static final class Places {
    private final String text;
    private int at;
    private int codePoints;

    Places(String text) {
      this.text = text;
    }

    int of(int index) {
      if (index < at) { // the bytes of one character begin at the same place
        at = 0;
        codePoints = 0;
      }
      codePoints += text.codePointCount(at, index);
      at = index;
      return codePoints;
    }
  }
}
