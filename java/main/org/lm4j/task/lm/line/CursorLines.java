package org.lm4j.task.lm.line;

import java.util.List;
import org.lm4j.task.lm.ScoringModel;

/** Scores sequences one after the other with a cursor. */
final class CursorLines implements LineScorer.Engine {
  private final ScoringModel.Cursor cursor;
  private final LineScoring options;
  private final double[] logProbabilities; // of the whole vocabulary, if predictions are wanted

  CursorLines(ScoringModel model, LineScoring options) {
    this.cursor = model.cursor();
    this.options = options;
    this.logProbabilities = new double[options.predictions() ? model.vocabulary().size() : 0];
  }

  @Override
  public void run(List<LineScorer.Sequence> group) {
    for (LineScorer.Sequence sequence : group) {
      if (!options.carry()) {
        cursor.reset();
      }
      run(sequence);
    }
  }

  private void run(LineScorer.Sequence sequence) {
    for (int at = 1; at < sequence.ids.length; at++) {
      cursor.read(sequence.ids[at - 1]);
      if (!sequence.isScored(at)) {
        continue;
      }
      if (options.predictions()) {
        cursor.logProbabilities(logProbabilities);
        sequence.predictions[at] = Predictions.of(logProbabilities, sequence, at, options.top());
        sequence.nats[at] = -logProbabilities[sequence.ids[at]];
      } else {
        sequence.nats[at] = -cursor.logProbability(sequence.ids[at]);
      }
    }
  }

  @Override
  public void close() {
    cursor.close();
  }
}
