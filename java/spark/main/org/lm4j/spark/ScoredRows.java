package org.lm4j.spark;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.task.classify.TextClassifier;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.text.Words;

/** Computes the columns of {@link Lm4jScore}. */
final class ScoredRows implements RowFunction {
  private final ExecutorModel model;
  private final List<ScoreColumn> columns;
  private final LineSettings lines;
  private final boolean scores;
  private final boolean embeds;
  private final boolean classifies;

  ScoredRows(ExecutorModel model, List<ScoreColumn> columns, LineSettings lines) {
    this.model = model;
    this.columns = columns;
    this.lines = lines;
    this.scores = columns.stream().anyMatch(ScoreColumn::ofLines);
    this.embeds = columns.contains(ScoreColumn.EMBEDDING);
    this.classifies = columns.stream().anyMatch(ScoreColumn::ofClassifier);
  }

  @Override
  public List<@Nullable Object[]> apply(List<String> texts) {
    List<@Nullable Object[]> rows = new ArrayList<>(texts.size());
    texts.forEach(_ -> rows.add(new @Nullable Object[columns.size()]));
    List<Integer> chosen = new ArrayList<>(texts.size());
    List<String> fitting = new ArrayList<>(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      if (lines.fits(texts.get(i))) {
        chosen.add(i);
        fitting.add(texts.get(i));
      }
    }
    if (scores) {
      score(fitting, chosen, rows);
    }
    if (embeds) {
      embed(fitting, chosen, rows);
    }
    if (classifies) {
      classify(fitting, chosen, rows);
    }
    return rows;
  }

  private void score(List<String> texts, List<Integer> chosen, List<@Nullable Object[]> rows) {
    List<LineScore> found = lines.score(model, texts);
    for (int i = 0; i < found.size(); i++) {
      fill(rows.get(chosen.get(i)), found.get(i));
    }
  }

  private void fill(@Nullable Object[] row, LineScore score) {
    for (int c = 0; c < row.length; c++) {
      switch (columns.get(c)) {
        case SURPRISAL -> row[c] = score.bits();
        case PERPLEXITY -> row[c] = perplexity(score);
        case TOKENS -> row[c] = score.scored();
        case UNKNOWN ->
            row[c] = (int) score.tokens().stream().filter(token -> !token.known()).count();
        default -> {} // others fill in these
      }
    }
  }

  /** Returns {@code exp} of the mean loss of the tokens that have a score; null if none has. */
  static @Nullable Double perplexity(LineScore score) {
    int scored = score.scored();
    return scored == 0 ? null : (Double) Math.exp(score.nats() / scored);
  }

  private void embed(List<String> texts, List<Integer> chosen, List<@Nullable Object[]> rows) {
    List<float @Nullable []> found = EmbeddingReader.read(model, texts);
    int column = columns.indexOf(ScoreColumn.EMBEDDING);
    for (int i = 0; i < found.size(); i++) {
      rows.get(chosen.get(i))[column] = found.get(i);
    }
  }

  private void classify(List<String> texts, List<Integer> chosen, List<@Nullable Object[]> rows) {
    TextClassifier classifier = model.classifier();
    if (classifier.network().config().readsPairs()) {
      throw new InputException("the model classifies pairs of texts, and a column holds one text");
    }
    List<String> some = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      if (!Words.in(texts.get(i)).isEmpty()) {
        some.add(texts.get(i));
        places.add(chosen.get(i));
      }
    }
    List<TextClassifier.Classification> found = classifier.classifyAll(some);
    for (int i = 0; i < found.size(); i++) {
      @Nullable Object[] row = rows.get(places.get(i));
      for (int c = 0; c < row.length; c++) {
        switch (columns.get(c)) {
          case LABEL -> row[c] = found.get(i).label();
          case PROBABILITY -> row[c] = found.get(i).probability();
          default -> {} // others fill in these
        }
      }
    }
  }
}
