package org.lm4j.train;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.NetFolder;
import org.lm4j.model.TwoLayerNet;
import org.lm4j.nn.Parameters;
import org.lm4j.tensor.Tensor;

/**
 * Pictures and their classes, in batches: each epoch shows every picture once, in an order of its
 * own.
 */
final class NetTask implements TrainingTask {
  private final TwoLayerNet net;
  private final NetFolder folder;
  private final PictureSplit data;
  private final int batchSize;
  private final long seed;
  private final String hash;
  private final int count; // of pictures to train on
  private final PictureLoader loader;
  private final Map<Integer, TwoLayerNet.Batch> batches =
      new HashMap<>(); // by rows: B, and a smaller last one
  private int[] order = {};
  private long orderOf = -1; // epoch

  // Of the step that is prepared.
  private int[] chosen = {};
  private TwoLayerNet.@Nullable Batch batch;
  private @Nullable RandomKey key;

  NetTask(TwoLayerNet net, NetFolder folder, RunPlan plan, PictureSplit data) {
    this.net = net;
    this.folder = folder;
    this.data = data;
    this.batchSize = plan.recipe().batch();
    this.seed = plan.recipe().seed();
    this.hash = data.hash();
    this.count = data.training().length;
    this.loader = new PictureLoader(net, data.images());
  }

  @Override
  public Backend backend() {
    return net.backend();
  }

  @Override
  public Parameters parameters() {
    return net.parameters();
  }

  @Override
  public long stepsPerEpoch() {
    return Math.ceilDiv(count, batchSize);
  }

  @Override
  public String dataHash() {
    return hash;
  }

  @Override
  public Counted counted() {
    return Counted.PICTURES;
  }

  @Override
  public String dataName() {
    return data.images().source();
  }

  @Override
  public int prepare(long step, RandomKey randomKey) {
    long epoch = step / stepsPerEpoch();
    if (epoch != orderOf) {
      order = data.order(seed, epoch);
      orderOf = epoch;
    }
    int from = Math.toIntExact(step % stepsPerEpoch() * batchSize);
    chosen = Arrays.copyOfRange(order, from, Math.min(order.length, from + batchSize));
    batch = batches.computeIfAbsent(chosen.length, net::batch);
    key = randomKey;
    return chosen.length;
  }

  @Override
  public void compute(Tensor lossSum) {
    TwoLayerNet.Batch run = Objects.requireNonNull(batch);
    loader.load(chosen, run);
    run.train(Objects.requireNonNull(key), lossSum);
  }

  @Override
  public void advance() {
    // Nothing is carried from batch to batch.
  }

  @Override
  public Map<String, Tensor> carried() {
    return Map.of();
  }

  @Override
  public boolean validates() {
    return data.validation().length > 0;
  }

  @Override
  public Validation validate() {
    if (!validates()) {
      throw new IllegalStateException("there are no pictures to validate on");
    }
    return NetScorer.score(net, data.images(), data.validation(), (i, actual, predicted) -> {});
  }

  @Override
  public void saveWeights() {
    folder.saveWeights(net);
  }

  @Override
  public void close() {
    batches.values().forEach(TwoLayerNet.Batch::close);
    loader.close();
  }
}
