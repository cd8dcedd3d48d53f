package org.lm4j.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.model.HostCopies;
import org.lm4j.model.ModelFiles;
import org.lm4j.tensor.Tensor;

/**
 * A task small enough to compute by hand: one weight, whose gradient in step k (from 0) is k + 1,
 * the carried state. The loss of step k is k + 1 as well, of two targets; validations have the
 * losses given.
 */
final class CountingTask extends OneWeight implements TrainingTask {
  static final int STEPS_PER_EPOCH = 3;

  private final Tensor state = backend().allocate(1);
  private final List<Double> losses;
  final List<Long> prepared = new ArrayList<>();
  int validations;
  String dataHash = "data";
  @Nullable String validationHash = "held out";
  long brokenStep = Long.MAX_VALUE; // its loss is not a number
  long stopBefore = Long.MAX_VALUE; // where the process dies, say
  long targets = 10;
  long words = 600;

  CountingTask(int size, Double... losses) {
    super(size);
    this.losses = List.of(losses);
    state.set(0, 1);
  }

  double weight() {
    return weights().get(0);
  }

  @Override
  public long stepsPerEpoch() {
    return STEPS_PER_EPOCH;
  }

  @Override
  public long wordsPerEpoch() {
    return words;
  }

  @Override
  public String dataHash() {
    return dataHash;
  }

  @Override
  public String dataName() {
    return "numbers.txt";
  }

  @Override
  public Unit counted() {
    return Unit.TOKENS;
  }

  @Override
  public int prepare(long step, RandomKey key) {
    if (step >= stopBefore) {
      throw new IllegalStateException("stopped before step " + step);
    }
    prepared.add(step);
    return 2;
  }

  @Override
  public void compute(Tensor lossSum) {
    gradient().set(0, state.get(0));
    boolean broken = prepared.getLast() == brokenStep;
    lossSum.set(0, broken ? Double.NaN : 2 * state.get(0));
  }

  @Override
  public void advance() {
    state.set(0, state.get(0) + 1);
  }

  @Override
  public Map<String, Tensor> carried() {
    return Map.of("state", state);
  }

  @Override
  public boolean validates() {
    return !losses.isEmpty();
  }

  @Override
  public Validation validate() {
    return new Validation(losses.get(validations++), targets);
  }

  @Override
  public @Nullable String validationHash() {
    return validates() ? validationHash : null;
  }

  @Override
  public void saveWeights(Path into, @Nullable String unfinished) {
    try (HostCopies copies = new HostCopies(backend())) {
      Map<String, Tensor> tensors = Map.of("w", copies.of(weights()));
      Map<String, String> metadata = unfinished == null ? Map.of() : Map.of("at", unfinished);
      SafetensorsWriter.write(into.resolve(ModelFiles.WEIGHTS), tensors, metadata);
    }
  }

  @Override
  public void close() {
    state.storage().close();
    super.close();
  }
}
