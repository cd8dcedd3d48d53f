package org.lm4j.serve.engine;

import org.jspecify.annotations.Nullable;
import org.lm4j.task.lm.ScoringModel;

/**
 * Reads each running text with a cursor: for models that do not compute many side by side. The
 * logits are log-probabilities.
 */
final class CursorRows implements RowReader {
  private final ScoringModel model;
  private final ScoringModel.@Nullable Cursor[] cursors; // opened when first needed

  CursorRows(ScoringModel model, int rows) {
    this.model = model;
    this.cursors = new ScoringModel.Cursor[rows];
  }

  private ScoringModel.Cursor cursor(int row) {
    ScoringModel.Cursor cursor = cursors[row];
    if (cursor == null) {
      cursor = model.cursor();
      cursors[row] = cursor;
    }
    return cursor;
  }

  @Override
  public int units() {
    return 0;
  }

  @Override
  public void clear(int row) {
    cursor(row).reset();
  }

  @Override
  public void move(int from, int to) {
    ScoringModel.Cursor moved = cursors[from];
    cursors[from] = cursors[to];
    cursors[to] = moved;
  }

  @Override
  public byte @Nullable [] state(int row) {
    return null;
  }

  @Override
  public void restore(int row, byte[] state) {
    throw new UnsupportedOperationException("a cursor has no state that can be kept");
  }

  @Override
  public void hidden(int row, double[] target) {
    throw new UnsupportedOperationException("a cursor has no hidden state");
  }

  @Override
  public void read(int count, int[] tokens, double[] @Nullable [] logits) {
    for (int row = 0; row < count; row++) {
      ScoringModel.Cursor cursor = cursor(row);
      cursor.read(tokens[row]);
      double[] wanted = logits[row];
      if (wanted != null) {
        cursor.logProbabilities(wanted);
      }
    }
  }

  @Override
  public void close() {
    for (ScoringModel.Cursor cursor : cursors) {
      if (cursor != null) {
        cursor.close();
      }
    }
  }
}
