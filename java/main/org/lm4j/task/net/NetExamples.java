package org.lm4j.task.net;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Examples;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;

/** Pictures and their classes, for a net. */
final class NetExamples implements Examples {
  private final TwoLayerNet net;
  private final ImageSplit data;
  private final int[] training;
  private final String hash;
  private final ImageLoader loader;
  private final Map<Integer, TwoLayerNet.Batch> batches =
      new HashMap<>(); // by rows: B, and a smaller last one

  // Of the step that is prepared.
  private int[] chosen = {};
  private TwoLayerNet.@Nullable Batch batch;
  private @Nullable RandomKey key;

  NetExamples(TwoLayerNet net, ImageSplit data) {
    this.net = net;
    this.data = data;
    this.training = data.training();
    this.hash = data.hash();
    this.loader = new ImageLoader(net, data.images());
  }

  @Override
  public int count() {
    return training.length;
  }

  @Override
  public String hash() {
    return hash;
  }

  @Override
  public @Nullable String validationHash() {
    return validates() ? data.validationHash() : null;
  }

  @Override
  public String name() {
    return data.images().source();
  }

  @Override
  public Unit counted() {
    return Unit.PICTURES;
  }

  @Override
  public int prepare(int[] places, RandomKey randomKey) {
    chosen = Arrays.stream(places).map(place -> training[place]).toArray();
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
  public boolean validates() {
    return data.validation().length > 0;
  }

  @Override
  public TrainingTask.Validation validate() {
    if (!validates()) {
      throw new IllegalStateException("there are no pictures to validate on");
    }
    return NetScorer.score(net, data.images(), data.validation(), (i, actual, predicted) -> {});
  }

  @Override
  public void close() {
    batches.values().forEach(TwoLayerNet.Batch::close);
    loader.close();
  }
}
