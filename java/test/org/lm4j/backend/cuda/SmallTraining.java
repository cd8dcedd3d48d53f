package org.lm4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.optim.Clipping;
import org.lm4j.optim.Optimizer;
import org.lm4j.task.lm.CarriedState;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.Window;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * A small language model trained step by step on random tokens, with everything in it that varies
 * from step to step: tokens, dropout, a learning rate that falls, Adam's corrections.
 */
final class SmallTraining implements AutoCloseable {
  static final long SEED = 11;

  private static final int STEPS = 5;
  private static final int BATCH = 3;
  private static final int VOCABULARY = 19;

  private final Backend backend;
  private final LanguageModelNetwork model;
  private final Window window;
  private final CarriedState state;
  private final Optimizer optimizer;
  private final Tensor lossSum;
  private final HostStorage storage = new HostStorage(DType.F64.bytes());
  private final Tensor host = new Tensor(storage, 0, Shape.of(1), DType.F64);
  private final SplittableRandom random = new SplittableRandom(SEED);
  private long step;

  SmallTraining(Backend backend, Cell cell, double dropout) {
    this(backend, cell, dropout, new UpdateRule.Adam(0.9, 0.999, 1e-8, 0.01, true));
  }

  SmallTraining(Backend backend, Cell cell, double dropout, UpdateRule rule) {
    this(backend, cell, dropout, rule, 7);
  }

  /** With so many units a layer. */
  SmallTraining(Backend backend, Cell cell, double dropout, UpdateRule rule, int hidden) {
    this.backend = backend;
    model =
        new LanguageModelNetwork(
            backend, new LanguageModelConfig(cell, VOCABULARY, 6, hidden, 2, dropout, false), true);
    model.initialize(Initialization.DEFAULT, SEED);
    window = model.window(STEPS, BATCH, true);
    state = model.newState(BATCH);
    optimizer = new Optimizer(backend, model.parameters(), rule, new Clipping(1, 0.5));
    lossSum = backend.allocate(1);
  }

  /** Makes one step, whose loss stays on the device. */
  void step() {
    int[] inputs = tokens();
    int[] targets = tokens();
    double rate = 0.01 / (1 + 0.1 * step);
    RandomKey key = new RandomKey(SEED, step);
    backend.step(
        () -> {
          window.load(inputs, targets);
          window.train(state, key, STEPS * BATCH);
          backend.sum(window.losses(), lossSum);
          optimizer.step(rate);
        });
    state.advance();
    step++;
  }

  private int[] tokens() {
    return random.ints((long) STEPS * BATCH, 0, VOCABULARY).toArray();
  }

  /** Returns the losses of one window of {@code steps} random tokens, without dropout. */
  double[] evaluate(int steps) {
    try (Window scoring = model.window(steps, BATCH, false);
        CarriedState fresh = model.newState(BATCH)) {
      int[] tokens = random.ints((long) steps * BATCH, 0, VOCABULARY).toArray();
      scoring.load(tokens, tokens);
      scoring.evaluate(fresh);
      return read(scoring.losses());
    }
  }

  /** The loss of the last step. */
  double loss() {
    backend.download(lossSum, host);
    return host.get(0) / (STEPS * BATCH);
  }

  /** The losses of the next {@code steps}. */
  List<Double> losses(int steps) {
    List<Double> losses = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      step();
      losses.add(loss());
    }
    return losses;
  }

  /** Returns all weights, moments and states. */
  List<double[]> everything() {
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(model.parameters().values());
    tensors.addAll(optimizer.moments());
    tensors.addAll(state.parts());
    return tensors.stream().map(this::read).toList();
  }

  /** The weights by name, layouts aside. */
  double[] weights() {
    return model.parameters().all().stream()
        .map(parameter -> read(parameter.value()))
        .flatMapToDouble(java.util.Arrays::stream)
        .toArray();
  }

  private double[] read(Tensor tensor) {
    try (HostStorage memory = new HostStorage(tensor.size() * DType.F64.bytes())) {
      Tensor copy = new Tensor(memory, 0, tensor.shape(), DType.F64);
      backend.download(tensor, copy);
      return copy.toArray();
    }
  }

  @Override
  public void close() {
    lossSum.storage().close();
    storage.close();
    optimizer.close();
    state.close();
    window.close();
    model.close();
  }
}
