package org.lm4j.task.lm.adapt;

import org.lm4j.task.lm.ScoringModel;

/** A model that is read token by token, such as an n-gram model. */
final class CursorComponent implements Component {
  private final ScoringModel.Cursor cursor;
  private final int component;
  private final double[] distribution;

  CursorComponent(ScoringModel model, int component) {
    this.cursor = model.cursor();
    this.component = component;
    this.distribution = new double[model.vocabulary().size()];
  }

  @Override
  public void reset() {
    cursor.reset();
  }

  @Override
  public void read(Chunk chunk) {
    for (int row = 0; row < chunk.rows(); row++) {
      cursor.read(chunk.inputs()[row]);
      if (!chunk.isScored(row)) {
        continue;
      }
      chunk.set(component, row, cursor.logProbability(chunk.targets()[row]));
      if (chunk.whole()) {
        cursor.logProbabilities(distribution);
        for (int token = 0; token < distribution.length; token++) {
          distribution[token] = Math.exp(distribution[token]);
        }
        chunk.add(component, row, distribution, 1);
      }
    }
  }

  @Override
  public void close() {
    cursor.close();
  }
}
