package org.lm4j.task.lm.line;

import java.util.List;

/** Scores sequences in the order of the lines with a {@link LineScorer.Reader}. */
final class OrderedLines implements LineScorer.Engine {
  private final LineScorer.Reader reader;
  private final LineScoring options;

  OrderedLines(LineScorer.Reader reader, LineScoring options) {
    this.reader = reader;
    this.options = options;
  }

  @Override
  public boolean inOrder() {
    return true;
  }

  @Override
  public void run(List<LineScorer.Sequence> group) {
    for (LineScorer.Sequence sequence : group) {
      int scored = Math.max(1, sequence.before);
      LineScorer.Predicted predicted =
          (at, logs) ->
              sequence.predictions[at] = Predictions.of(logs, sequence, at, options.top());
      reader.read(
          sequence.ids,
          !options.carry(),
          scored,
          sequence.nats,
          options.predictions() ? predicted : null);
    }
  }

  @Override
  public void close() {
    reader.close();
  }
}
