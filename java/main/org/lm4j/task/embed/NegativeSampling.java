package org.lm4j.task.embed;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.tensor.Tensor;

/** The objective of negative sampling: distinguishing context words from randomly drawn words. */
final class NegativeSampling implements SkipGramObjective {
  private static final int SITE_NOISE = (1 << 18) + 2;

  /**
   * The number of words is rounded up to a multiple of this, so that there are few shapes of
   * workspaces.
   */
  private static final int MULTIPLE = 32;

  private final SkipGram model;
  private final NoiseTable noise;
  private final int negatives;
  private final int places;
  private final int[] drawn;
  private final Map<Integer, SampledPairs> workspaces = new HashMap<>(); // by rows
  private int[] words = new int[0];
  private int[] candidates = new int[0];
  private int[] classes = new int[0];
  private float[] weights = new float[0];
  private int rows;
  private int pairs;
  private @Nullable SampledPairs trained;

  NegativeSampling(SkipGram model, NoiseTable noise) {
    this.model = model;
    this.noise = noise;
    this.negatives = model.config().negatives();
    this.places = 2 * model.config().window() + negatives;
    this.drawn = new int[negatives];
    grow(MULTIPLE);
  }

  private void grow(int most) {
    words = Arrays.copyOf(words, most);
    candidates = Arrays.copyOf(candidates, Math.multiplyExact(most, places));
    classes = Arrays.copyOf(classes, candidates.length);
    weights = Arrays.copyOf(weights, candidates.length);
  }

  @Override
  public void clear() {
    rows = 0;
    pairs = 0;
  }

  @Override
  public void add(long place, int word, int[] near, int count, RandomKey key) {
    if (count == 0) {
      return;
    }
    if (rows == words.length) {
      grow(Math.addExact(rows, Math.max(rows, MULTIPLE)));
    }
    int at = rows * places;
    words[rows++] = word;
    pairs += count;
    System.arraycopy(near, 0, candidates, at, count);
    Arrays.fill(classes, at, at + count, SampledPairs.NEAR);
    Arrays.fill(weights, at, at + count, 1);
    at += count;
    noise.draw(key, SITE_NOISE, place, negatives, drawn);
    for (int id : drawn) {
      int toldFrom = count - occurrences(id, near, count);
      if (toldFrom > 0) {
        candidates[at] = id;
        classes[at] = SampledPairs.DRAWN;
        weights[at++] = toldFrom;
      }
    }
    end(at, rows * places);
  }

  /**
   * Counts how often a word occurs in its context, since a word is not a negative sample of itself,
   * as in word2vec.
   */
  private static int occurrences(int id, int[] near, int count) {
    int same = 0;
    for (int i = 0; i < count; i++) {
      if (near[i] == id) {
        same++;
      }
    }
    return same;
  }

  private void end(int from, int to) {
    Arrays.fill(candidates, from, to, 0);
    Arrays.fill(classes, from, to, SampledPairs.NONE);
    Arrays.fill(weights, from, to, 0);
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
    trained = loaded();
    trained.train(lossSum);
  }

  private SampledPairs loaded() {
    int padded = Math.max(1, Math.ceilDiv(rows, MULTIPLE)) * MULTIPLE;
    if (padded > words.length) {
      grow(padded);
    }
    Arrays.fill(words, rows, padded, 0);
    end(rows * places, padded * places);
    SampledPairs workspace =
        workspaces.computeIfAbsent(padded, many -> new SampledPairs(model, many, places));
    workspace.load(words, candidates, classes, weights);
    return workspace;
  }

  @Override
  public WeightUpdate update() {
    return new RowUpdate(model.backend());
  }

  @Override
  public void close() {
    workspaces.values().forEach(SampledPairs::close);
  }

  /** Updates the vectors of the step's words and candidates; owns the norm. */
  private final class RowUpdate implements WeightUpdate {
    private final Backend backend;
    private final Tensor norm;

    RowUpdate(Backend backend) {
      this.backend = backend;
      this.norm = backend.allocate(2);
    }

    @Override
    public void step(double learningRate) {
      SampledPairs step = Objects.requireNonNull(trained);
      backend.gradientNorm(step.dx(), Double.POSITIVE_INFINITY, norm);
      step.apply(learningRate);
    }

    /**
     * Returns the norm of the gradients of the words' vectors, each occurrence counted separately.
     */
    @Override
    public Tensor norm() {
      return norm;
    }

    @Override
    public List<Tensor> moments() {
      return List.of();
    }

    @Override
    public void setSteps(long steps) {
      // Only the rate depends on them.
    }

    @Override
    public void close() {
      norm.storage().close();
    }
  }
}
