package org.lm4j.task.lm;

import org.lm4j.compute.BackendException;
import org.lm4j.compute.IncrementalDecoder;

/** Cursors made of decoders, and the reverse. */
final class Cursors {
  private Cursors() {}

  /** Returns a cursor that reads with a decoder, and closes it. */
  static ScoringModel.Cursor of(IncrementalDecoder decoder) {
    return new OfDecoder(decoder);
  }

  /**
   * Returns a decoder that reads with a cursor, and closes it; its logits are log-probabilities.
   *
   * @param vocabulary number of tokens {@code V}
   */
  static IncrementalDecoder decoder(ScoringModel.Cursor cursor, int vocabulary) {
    return new OfCursor(cursor, vocabulary);
  }

  /** Log-probabilities are computed for the whole vocabulary once a token is read. */
  private static final class OfDecoder implements ScoringModel.Cursor {
    private final IncrementalDecoder decoder;
    private final double[] logits;
    private boolean begun;
    private boolean computed;
    private double logSum;

    OfDecoder(IncrementalDecoder decoder) {
      this.decoder = decoder;
      this.logits = new double[decoder.vocabulary()];
    }

    @Override
    public void reset() {
      decoder.reset();
      begun = false;
      computed = false;
    }

    @Override
    public void read(int token) {
      decoder.read(token);
      begun = true;
      computed = false;
    }

    @Override
    public double logProbability(int token) {
      if (token < 0 || token >= logits.length) {
        throw new IllegalArgumentException(
            "token %d is not in [0, %d)".formatted(token, logits.length));
      }
      compute();
      return logits[token] - logSum;
    }

    @Override
    public void logProbabilities(double[] target) {
      if (target.length < logits.length) {
        throw new IllegalArgumentException(
            "there is room for %d of %d log-probabilities".formatted(target.length, logits.length));
      }
      compute();
      for (int id = 0; id < logits.length; id++) {
        target[id] = logits[id] - logSum;
      }
    }

    private void compute() {
      if (!begun) {
        throw new IllegalStateException("the cursor predicts nothing before it has read a token");
      }
      if (computed) {
        return;
      }
      decoder.logits(logits);
      double most = Double.NEGATIVE_INFINITY;
      for (double logit : logits) {
        most = Math.max(most, logit);
      }
      double sum = 0;
      for (double logit : logits) {
        sum += Math.exp(logit - most);
      }
      logSum = most + Math.log(sum);
      if (Double.isNaN(logSum)) {
        throw new BackendException("a logit is not a number: the weights of the model are damaged");
      }
      computed = true;
    }

    @Override
    public void close() {
      decoder.close();
    }
  }

  private static final class OfCursor implements IncrementalDecoder {
    private final ScoringModel.Cursor cursor;
    private final int vocabulary;

    OfCursor(ScoringModel.Cursor cursor, int vocabulary) {
      this.cursor = cursor;
      this.vocabulary = vocabulary;
    }

    @Override
    public int vocabulary() {
      return vocabulary;
    }

    @Override
    public void reset() {
      cursor.reset();
    }

    @Override
    public void read(int token) {
      cursor.read(token);
    }

    @Override
    public void logits(double[] target) {
      cursor.logProbabilities(target);
    }

    @Override
    public double logit(int token) {
      return cursor.logProbability(token);
    }

    @Override
    public void close() {
      cursor.close();
    }
  }
}
