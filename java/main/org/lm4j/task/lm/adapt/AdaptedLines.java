package org.lm4j.task.lm.adapt;

import org.jspecify.annotations.Nullable;
import org.lm4j.task.lm.line.LineScorer;

/** Scores lines with a reader. */
final class AdaptedLines implements LineScorer.Reader {
  private final Reader reader;

  AdaptedLines(Reader reader) {
    this.reader = reader;
  }

  @Override
  public void read(
      int[] ids,
      boolean fresh,
      int scored,
      double[] nats,
      LineScorer.@Nullable Predicted predictions) {
    if (fresh) {
      reader.reset();
    }
    reader.read(
        ids,
        ids.length - 1,
        scored,
        (index, chunk, row) -> {
          nats[index] = Reader.loss(chunk, row);
          if (predictions != null) {
            predictions.at(index, chunk.logDistribution(row));
          }
        });
  }

  @Override
  public void close() {
    reader.close();
  }
}
