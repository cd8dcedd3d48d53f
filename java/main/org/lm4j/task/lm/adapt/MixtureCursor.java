package org.lm4j.task.lm.adapt;

import org.lm4j.task.lm.ScoringModel;

/** Reads token by token with a reader that learns nothing from the tokens. */
final class MixtureCursor implements ScoringModel.Cursor {
  private static final int ANY = 0; // a target, since whole distributions are computed with one

  private final Reader reader;
  private final double[] logs;
  private final int[] ids = {ANY, ANY};
  private boolean begun;

  MixtureCursor(Reader reader, int vocabulary) {
    this.reader = reader;
    this.logs = new double[vocabulary];
  }

  @Override
  public void reset() {
    reader.reset();
    begun = false;
  }

  @Override
  public void read(int token) {
    if (token < 0 || token >= logs.length) {
      throw new IllegalArgumentException(
          "token %d is not in [0, %d)".formatted(token, logs.length));
    }
    ids[0] = token;
    reader.read(
        ids,
        1,
        1,
        (_, chunk, row) -> {
          double[] distribution = chunk.logDistribution(row);
          System.arraycopy(distribution, 0, logs, 0, logs.length);
        });
    begun = true;
  }

  @Override
  public double logProbability(int token) {
    if (token < 0 || token >= logs.length) {
      throw new IllegalArgumentException(
          "token %d is not in [0, %d)".formatted(token, logs.length));
    }
    requireBegun();
    return logs[token];
  }

  @Override
  public void logProbabilities(double[] target) {
    requireBegun();
    System.arraycopy(logs, 0, target, 0, logs.length);
  }

  private void requireBegun() {
    if (!begun) {
      throw new IllegalStateException("the cursor predicts nothing before it has read a token");
    }
  }

  @Override
  public void close() {
    reader.close();
  }
}
