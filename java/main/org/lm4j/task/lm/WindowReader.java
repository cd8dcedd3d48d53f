package org.lm4j.task.lm;

import org.lm4j.InputException;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.Precision;
import org.lm4j.nn.TokenLoss;

/**
 * A decoder made of windows of one step, for output layers that no backend knows. Its logits are
 * what the window's loss calls so; for adaptive softmax logarithms of probabilities.
 */
final class WindowReader implements IncrementalDecoder {
  private static final int[] NO_TARGET = {TokenLoss.IGNORE};

  private final int vocabulary;
  private final Window window;
  private final CarriedState state;
  private final double[] logits;
  private boolean computed; // whether logits are those after the last token

  WindowReader(LanguageModelNetwork model) {
    if (Precision.onlyDecodes(model.backend())) {
      throw InputException.naming("{precision} int8 has no adaptive softmax: use fp32 or bf16.");
    }
    this.vocabulary = model.config().vocabulary();
    this.logits = new double[vocabulary];
    this.window = model.window(1, 1, false);
    this.state = model.newState(1);
  }

  @Override
  public int vocabulary() {
    return vocabulary;
  }

  @Override
  public void reset() {
    state.reset();
    window.clear();
    computed = false;
  }

  @Override
  public void read(int token) {
    if (token < 0 || token >= vocabulary) {
      throw new IllegalArgumentException("token %d is not in [0, %d)".formatted(token, vocabulary));
    }
    computed = false;
    window.load(new int[] {token}, NO_TARGET);
    window.read(state);
    state.advance();
  }

  @Override
  public void logits(double[] target) {
    if (target.length < vocabulary) {
      throw new IllegalArgumentException(
          "%d logits do not fit an array of %d".formatted(vocabulary, target.length));
    }
    compute();
    System.arraycopy(logits, 0, target, 0, vocabulary);
  }

  @Override
  public double logit(int token) {
    compute();
    return logits[token];
  }

  private void compute() {
    if (!computed) {
      window.logits((_, found) -> System.arraycopy(found, 0, logits, 0, vocabulary));
      computed = true;
    }
  }

  @Override
  public void close() {
    window.close();
    state.close();
  }
}
