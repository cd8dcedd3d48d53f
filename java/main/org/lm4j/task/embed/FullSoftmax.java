package org.lm4j.task.embed;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.Tensor;

/** The objective of a softmax over the whole vocabulary. */
final class FullSoftmax implements SkipGramObjective {
  /**
   * The number of pairs is rounded up to a multiple of this, so that there are few shapes of
   * workspaces.
   */
  private static final int MULTIPLE = 512;

  private final SkipGram model;
  private final Map<Integer, SoftmaxPairs> workspaces = new HashMap<>(); // by rows
  private int[] words = new int[MULTIPLE];
  private int[] others = new int[MULTIPLE];
  private int pairs;

  FullSoftmax(SkipGram model) {
    this.model = model;
  }

  @Override
  public void clear() {
    pairs = 0;
  }

  @Override
  public void add(long place, int word, int[] near, int count, RandomKey key) {
    if (pairs + count > words.length) {
      words = Arrays.copyOf(words, Math.addExact(words.length, Math.max(words.length, count)));
      others = Arrays.copyOf(others, words.length);
    }
    Arrays.fill(words, pairs, pairs + count, word);
    System.arraycopy(near, 0, others, pairs, count);
    pairs += count;
  }

  @Override
  public int pairs() {
    return pairs;
  }

  @Override
  public void loss(Tensor lossSum) {
    loaded().loss(lossSum);
  }

  @Override
  public void train(Tensor lossSum) {
    loaded().train(Math.max(1, pairs), lossSum);
  }

  private SoftmaxPairs loaded() {
    int rows = Math.max(1, Math.ceilDiv(pairs, MULTIPLE)) * MULTIPLE;
    if (rows > words.length) {
      words = Arrays.copyOf(words, rows);
      others = Arrays.copyOf(others, rows);
    }
    Arrays.fill(words, pairs, rows, 0);
    Arrays.fill(others, pairs, rows, SoftmaxOutput.IGNORE);
    SoftmaxPairs workspace =
        workspaces.computeIfAbsent(rows, many -> new SoftmaxPairs(model, many));
    workspace.load(words, others);
    return workspace;
  }

  @Override
  public @Nullable WeightUpdate update() {
    return null;
  }

  @Override
  public void close() {
    workspaces.values().forEach(SoftmaxPairs::close);
  }
}
