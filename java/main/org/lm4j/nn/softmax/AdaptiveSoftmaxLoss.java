package org.lm4j.nn.softmax;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.TokenLoss;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * The loss of an {@link AdaptiveSoftmax} over one window. The rows whose target is in a cluster are
 * gathered, scored in that cluster alone, and their losses and gradients added to those of the
 * head: a word of the head costs the head only.
 *
 * <p>Logits are computed in blocks of rows, as in {@link org.lm4j.nn.SoftmaxOutput}.
 */
public final class AdaptiveSoftmaxLoss implements TokenLoss {
  private static final long MOST_HOST_BYTES = 64L << 20;
  private static final int STEPS_OF_COUNTS = 8;

  private final Backend backend;
  private final long blockBytes;
  private final AdaptiveSoftmax layer;
  private final Clusters clusters;
  private final OwnedTensors owned;
  private final int rows;
  private final Tensor x; // (N, H)
  private final Tensor dx; // (N, H)
  private final Tensor loss; // (N)
  private final Tensor headTargets; // I32 (N)
  private final Tensor gathered; // (N, H): the rows of a cluster, then their gradient
  private final Tensor logits; // memory for blocks of any part
  private final List<Group> groups = new ArrayList<>();
  private final int[] headClasses;

  /** The rows of a window whose target is in one cluster. */
  private static final class Group {
    final int[] rowsOnHost;
    final int[] targetsOnHost;
    final Tensor rows; // I32 (N)
    final Tensor targets; // I32 (N)
    final Tensor projected; // (N, h)
    final Tensor dProjected; // (N, h)
    final Tensor loss; // (N)
    int count; // rows used, those that only fill up included

    Group(OwnedTensors owned, int most, int width) {
      this.rowsOnHost = new int[most];
      this.targetsOnHost = new int[most];
      this.rows = owned.ids(most);
      this.targets = owned.ids(most);
      this.projected = owned.floats(most, width);
      this.dProjected = owned.floats(most, width);
      this.loss = owned.floats(most);
    }
  }

  /**
   * Allocates memory for windows of one shape.
   *
   * @param x input of the output layer, {@code (N, H)}
   * @param dx receives its gradient, {@code (N, H)}; may be {@code x} if only losses are needed
   * @param loss receives the losses, {@code (N)}
   */
  public AdaptiveSoftmaxLoss(
      Backend backend, AdaptiveSoftmax layer, Tensor x, Tensor dx, Tensor loss) {
    this(backend, layer, x, dx, loss, backend.outputBlockBytes());
  }

  /** Allocates memory with blocks of logits that have at most so many bytes, or one row. */
  AdaptiveSoftmaxLoss(
      Backend backend, AdaptiveSoftmax layer, Tensor x, Tensor dx, Tensor loss, long blockBytes) {
    this.backend = backend;
    this.blockBytes = blockBytes;
    this.layer = layer;
    this.clusters = layer.clusters();
    this.owned = new OwnedTensors(backend);
    this.x = x;
    this.dx = dx;
    this.loss = loss;
    this.rows = x.shape().dim(0);
    this.headTargets = owned.ids(rows);
    this.headClasses = new int[rows];
    this.gathered = owned.floats(rows, clusters.inputs());
    int most = blockRows(clusters.headClasses()) * clusters.headClasses();
    for (int i = 0; i < clusters.count(); i++) {
      groups.add(new Group(owned, rows, clusters.width(i)));
      most = Math.max(most, blockRows(clusters.size(i)) * clusters.size(i));
    }
    this.logits = owned.floats(most);
  }

  /** Returns the rows of a block of logits. */
  private int blockRows(int classes) {
    long affordable = blockBytes / ((long) classes * backend.dtype().bytes());
    long addressable = Integer.MAX_VALUE / classes;
    return (int) Math.max(1, Math.min(Math.min(rows, affordable), addressable));
  }

  @Override
  public void load(int[] targets) {
    groups.forEach(group -> group.count = 0);
    for (int row = 0; row < rows; row++) {
      int target = targets[row];
      if (target == IGNORE) {
        headClasses[row] = IGNORE;
        continue;
      }
      headClasses[row] = clusters.headClass(target);
      int cluster = clusters.of(target);
      if (cluster != Clusters.HEAD) {
        Group group = groups.get(cluster);
        group.rowsOnHost[group.count] = row;
        group.targetsOnHost[group.count++] = target - clusters.first(cluster);
      }
    }
    backend.upload(headClasses, 0, rows, headTargets);
    for (Group group : groups) {
      int filled = filled(group.count);
      Arrays.fill(group.rowsOnHost, group.count, filled, 0);
      Arrays.fill(group.targetsOnHost, group.count, filled, IGNORE);
      group.count = filled;
      if (filled > 0) {
        backend.upload(group.rowsOnHost, 0, filled, group.rows);
        backend.upload(group.targetsOnHost, 0, filled, group.targets);
      }
    }
  }

  /**
   * Returns the number of rows to compute for {@code count} of them: where a backend prepares steps
   * that come again, a multiple of an eighth of the window, so that there are few different steps.
   */
  private int filled(int count) {
    if (backend.stepsPerReading() == 1) {
      return count;
    }
    int unit = Math.ceilDiv(rows, STEPS_OF_COUNTS);
    return Math.min(rows, Math.ceilDiv(count, unit) * unit);
  }

  private Tensor block(int count, int classes) {
    return logits.view(0, count, classes);
  }

  @Override
  public void loss() {
    int head = clusters.headClasses();
    layer.head().crossEntropy(x, headTargets, IGNORE, block(blockRows(head), head), loss);
    for (int i = 0; i < clusters.count(); i++) {
      Group group = groups.get(i);
      if (group.count == 0) {
        continue;
      }
      int size = clusters.size(i);
      int most = Math.min(group.count, blockRows(size));
      gather(i);
      layer
          .tail(i)
          .output()
          .crossEntropy(
              group.projected.slice(0, group.count),
              group.targets.slice(0, group.count),
              IGNORE,
              block(most, size),
              group.loss.slice(0, group.count));
      addLosses(group);
    }
  }

  @Override
  public void lossAndGradient(double gradientScale, RandomKey key) {
    int head = clusters.headClasses();
    int most = blockRows(head);
    for (int from = 0; from < rows; from += most) {
      int count = Math.min(most, rows - from);
      Tensor block = block(count, head);
      Tensor part = x.slice(from, count);
      layer.head().forward(part, block);
      Tensor targets = headTargets.slice(from, count);
      backend.softmaxCrossEntropy(block, targets, IGNORE, gradientScale, loss.slice(from, count));
      layer.head().backward(part, block, dx.slice(from, count));
    }
    for (int i = 0; i < clusters.count(); i++) {
      if (groups.get(i).count > 0) {
        differentiate(i, gradientScale);
      }
    }
  }

  private void differentiate(int cluster, double gradientScale) {
    Group group = groups.get(cluster);
    AdaptiveSoftmax.Tail tail = layer.tail(cluster);
    int size = clusters.size(cluster);
    int most = blockRows(size);
    gather(cluster);
    for (int from = 0; from < group.count; from += most) {
      int count = Math.min(most, group.count - from);
      Tensor block = block(count, size);
      Tensor projected = group.projected.slice(from, count);
      tail.output().forward(projected, block);
      Tensor targets = group.targets.slice(from, count);
      backend.softmaxCrossEntropy(
          block, targets, IGNORE, gradientScale, group.loss.slice(from, count));
      tail.output().backward(projected, block, group.dProjected.slice(from, count));
    }
    Tensor rowsOf = group.rows.slice(0, group.count);
    Tensor input = gathered.slice(0, group.count);
    Tensor dProjected = group.dProjected.slice(0, group.count);
    tail.projection().backward(input, dProjected);
    tail.projection().inputGradient(dProjected, input); // the input is needed no more
    backend.embedBackward(input, rowsOf, dx);
    addLosses(group);
  }

  /** Gathers the rows of a cluster and projects them. */
  private void gather(int cluster) {
    Group group = groups.get(cluster);
    Tensor input = gathered.slice(0, group.count);
    backend.embed(x, group.rows.slice(0, group.count), input);
    layer.tail(cluster).projection().forward(input, group.projected.slice(0, group.count));
  }

  private void addLosses(Group group) {
    backend.embedBackward(
        group.loss.slice(0, group.count).reshape(group.count, 1),
        group.rows.slice(0, group.count),
        loss.reshape(rows, 1));
  }

  /**
   * {@inheritDoc}
   *
   * <p>They are logarithms of probabilities.
   */
  @Override
  public void logits(RowTaker taker) {
    int words = clusters.words();
    long affordable = MOST_HOST_BYTES / ((long) words * DType.F64.bytes());
    int most = blockRows(clusters.headClasses());
    for (int i = 0; i < clusters.count(); i++) {
      most = Math.min(most, blockRows(clusters.size(i)));
    }
    most = (int) Math.max(1, Math.min(most, affordable));
    double[][] found = new double[most][words];
    try (HostStorage storage = new HostStorage(logits.size() * DType.F64.bytes())) {
      for (int from = 0; from < rows; from += most) {
        int count = Math.min(most, rows - from);
        logProbabilities(x.slice(from, count), storage, found);
        for (int row = 0; row < count; row++) {
          taker.take(from + row, found[row]);
        }
      }
    }
  }

  private void logProbabilities(Tensor input, HostStorage storage, double[][] into) {
    int count = input.shape().dim(0);
    int inHead = clusters.headWords();
    double[][] ofClusters = new double[count][clusters.count()];
    Tensor block = block(count, clusters.headClasses());
    layer.head().forward(input, block);
    Tensor head = download(block, storage);
    for (int row = 0; row < count; row++) {
      long at = (long) row * clusters.headClasses();
      double total = logOfSum(head, at, clusters.headClasses());
      for (int word = 0; word < inHead; word++) {
        into[row][word] = head.get(at + word) - total;
      }
      for (int i = 0; i < clusters.count(); i++) {
        ofClusters[row][i] = head.get(at + inHead + i) - total;
      }
    }
    for (int i = 0; i < clusters.count(); i++) {
      int size = clusters.size(i);
      Tensor projected = groups.get(i).dProjected.slice(0, count);
      Tensor scores = block(count, size);
      layer.tail(i).projection().forward(input, projected);
      layer.tail(i).output().forward(projected, scores);
      Tensor tail = download(scores, storage);
      for (int row = 0; row < count; row++) {
        long at = (long) row * size;
        double shift = ofClusters[row][i] - logOfSum(tail, at, size);
        for (int word = 0; word < size; word++) {
          into[row][clusters.first(i) + word] = tail.get(at + word) + shift;
        }
      }
    }
  }

  private Tensor download(Tensor block, HostStorage storage) {
    Tensor host = new Tensor(storage, 0, Shape.of(Math.toIntExact(block.size())), DType.F64);
    backend.download(block, host);
    return host;
  }

  private static double logOfSum(Tensor values, long from, int count) {
    double most = Double.NEGATIVE_INFINITY;
    for (long i = from; i < from + count; i++) {
      most = Math.max(most, values.get(i));
    }
    double sum = 0;
    for (long i = from; i < from + count; i++) {
      sum += Math.exp(values.get(i) - most);
    }
    return most + Math.log(sum);
  }

  @Override
  public void close() {
    owned.close();
  }
}
