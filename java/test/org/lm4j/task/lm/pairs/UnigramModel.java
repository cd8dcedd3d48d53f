package org.lm4j.task.lm.pairs;

import java.util.Arrays;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.text.Vocabulary;

/** A model whose tokens have fixed probabilities, whatever was read. */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record UnigramModel(Vocabulary vocabulary, double[] probabilities) implements ScoringModel {
  /** Returns the model in which all tokens have the same probability. */
  public static UnigramModel constant(Vocabulary vocabulary) {
    double[] probabilities = new double[vocabulary.size()];
    Arrays.fill(probabilities, 1.0 / probabilities.length);
    return new UnigramModel(vocabulary, probabilities);
  }

  @Override
  public Cursor cursor() {
    return new Cursor() {
      @Override
      public void reset() {}

      @Override
      public void read(int token) {}

      @Override
      public double logProbability(int token) {
        return Math.log(probabilities[token]);
      }

      @Override
      public void logProbabilities(double[] target) {
        for (int i = 0; i < probabilities.length; i++) {
          target[i] = Math.log(probabilities[i]);
        }
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() {}
}
