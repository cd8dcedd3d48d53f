package org.lm4j.backend.cpu.job;

import org.lm4j.backend.cpu.kernel.PlainMemory;
import org.lm4j.backend.cpu.kernel.SampleKernels;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.compute.NegativeSamples;
import org.lm4j.tensor.Tensor;

/**
 * Negative sampling, shared among the team: the losses and gradients by words, the update of the
 * candidates' vectors by columns, so that the order of additions never depends on the number of
 * threads. Vectors of candidates are read where they lie; empty places cost nothing.
 */
public final class SampleJob extends SlicedJob {
  private static final int NEAR = 1;
  private static final int NONE = -1;
  private static final int LINE = 16; // floats of a cache line
  private static final double MOST = 0x1p1000;

  private final SampleKernels kernels = Kernels.samples();
  private final Scratch[] scratch; // by part
  private double[] losses = new double[0]; // by word
  private boolean updating;
  private float alpha;
  private int places;
  private int words;
  private int width;
  private long table;
  private long x;
  private long dx;
  private long candidates;
  private long classes;
  private long weights;
  private long scores;

  /** The candidates of one word. */
  private static final class Scratch {
    int[] ids = new int[0];
    int[] places = new int[0];
    float[] scores = new float[0]; // then their gradients
    float[] sums = new float[0];

    void fit(int most) {
      if (ids.length < most) {
        ids = new int[most];
        places = new int[most];
        scores = new float[most];
        sums = new float[most * SampleKernels.MOST_LANES];
      }
    }
  }

  SampleJob(WorkerTeam team) {
    super(team);
    scratch = new Scratch[team.size()];
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = new Scratch();
    }
  }

  private void set(NegativeSamples samples, Tensor vectors) {
    places = samples.places();
    words = samples.x().shape().dim(0);
    width = samples.x().shape().dim(1);
    table = vectors.address();
    x = samples.x().address();
    candidates = samples.candidates().address();
    scores = samples.scores().address();
    for (Scratch each : scratch) {
      each.fit(places);
    }
  }

  /** Computes the gradients; returns the sum of the losses. */
  public double differentiate(NegativeSamples samples, Tensor gradient) {
    set(samples, samples.table());
    updating = false;
    dx = gradient.address();
    classes = samples.classes().address();
    weights = samples.weights().address();
    if (losses.length < words) {
      losses = new double[words];
    }
    start(words, 1, (long) words * places * width);
    double sum = 0;
    for (int n = 0; n < words; n++) {
      sum += losses[n];
    }
    return sum;
  }

  /** Adds {@code factor} times the gradients to the candidates' vectors. */
  public void update(NegativeSamples samples, float factor, Tensor into) {
    set(samples, into);
    updating = true;
    alpha = factor;
    start(width, LINE, (long) words * places * width);
  }

  @Override
  protected void slice(long from, long to) {
    throw new AssertionError("a slice needs its part's memory");
  }

  @Override
  protected void slice(int part, long from, long to) {
    Scratch own = scratch[part];
    if (updating) {
      for (int n = 0; n < words; n++) {
        update(own, n, (int) from, (int) to);
      }
    } else {
      for (long n = from; n < to; n++) {
        losses[(int) n] = differentiate(own, n);
      }
    }
  }

  private void update(Scratch own, long n, int from, int to) {
    int count = 0;
    for (int c = 0; c < places; c++) {
      float gradient = PlainMemory.get(scores, n * places + c);
      if (gradient != 0) {
        own.ids[count] = PlainMemory.getInt(candidates, n * places + c);
        own.scores[count++] = alpha * gradient;
      }
    }
    long at = (long) from * Float.BYTES;
    kernels.update(count, to - from, own.scores, row(x, n) + at, table + at, own.ids, row(0, 1));
  }

  private double differentiate(Scratch own, long n) {
    int count = 0;
    for (int c = 0; c < places; c++) {
      long at = n * places + c;
      if (PlainMemory.getInt(classes, at) == NONE) {
        PlainMemory.set(scores, at, 0);
      } else {
        own.places[count] = c;
        own.ids[count++] = PlainMemory.getInt(candidates, at);
      }
    }
    kernels.dots(count, width, table, own.ids, row(x, n), own.sums, own.scores);
    double loss = loss(own, n, count);
    kernels.combine(count, width, own.scores, table, own.ids, row(dx, n));
    return loss;
  }

  /**
   * Replaces the products of word {@code n} by their gradients, {@code weight · (σ(s) - y)}.
   *
   * @return the sum of the losses, {@code weight · log(1 + e^(∓s))}: logarithms of products, since
   *     most weights are the same
   */
  private double loss(Scratch own, long n, int count) {
    double linear = 0;
    double logarithms = 0;
    double product = 1;
    double weightOfProduct = 1;
    for (int i = 0; i < count; i++) {
      long at = n * places + own.places[i];
      double weight = PlainMemory.get(weights, at);
      boolean near = PlainMemory.getInt(classes, at) == NEAR;
      double s = near ? own.scores[i] : -own.scores[i];
      double small = Math.exp(-Math.abs(s));
      double factor = 1 + small;
      if (weight != weightOfProduct || product > MOST) {
        logarithms += weightOfProduct * Math.log(product);
        product = 1;
        weightOfProduct = weight;
      }
      product *= factor;
      linear += weight * Math.max(0, -s);
      double slope = weight * (s >= 0 ? small : 1) / factor; // -dloss/ds
      own.scores[i] = (float) (near ? -slope : slope);
      PlainMemory.set(scores, at, own.scores[i]);
    }
    return linear + logarithms + weightOfProduct * Math.log(product);
  }

  private long row(long matrix, long n) {
    return matrix + n * width * Float.BYTES;
  }
}
