package org.lm4j.task.lm.adapt;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.decode.NegativeExp;
import org.lm4j.nn.Workspaces;
import org.lm4j.task.lm.CarriedState;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.Window;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * A recurrent network, which reads in windows: with a temperature, with dynamic evaluation, and
 * with a cache of its hidden states.
 */
final class NetworkComponent implements Component {
  private static final RandomKey UNUSED = new RandomKey(0, 0); // nothing is dropped

  private final LanguageModelNetwork network;
  private final Backend backend;
  private final int component;
  private final double temperature;
  private final @Nullable AdaptiveNetwork adaptive;
  private final Adaptation.@Nullable Dynamic dynamic;
  private final CarriedState state;
  private final Workspaces<Integer, Window> windows; // by steps
  private final HostStorage storage;
  private final double[] powers;
  private @Nullable NeuralCache cache;
  private @Nullable Probe probe;
  private double theta;
  private int cacheComponent;

  /** Creates a component that computes with a network whose weights stay. */
  NetworkComponent(LanguageModelNetwork network, int component, double temperature, int most) {
    this(network, null, null, component, temperature, most);
  }

  /**
   * Creates a component that learns from each segment once it is scored; it closes {@code
   * adaptive}.
   */
  NetworkComponent(
      AdaptiveNetwork adaptive,
      Adaptation.Dynamic dynamic,
      int component,
      double temperature,
      int most) {
    this(adaptive.network(), adaptive, dynamic, component, temperature, most);
  }

  private NetworkComponent(
      LanguageModelNetwork network,
      @Nullable AdaptiveNetwork adaptive,
      Adaptation.@Nullable Dynamic dynamic,
      int component,
      double temperature,
      int most) {
    this.network = network;
    this.backend = network.backend();
    this.adaptive = adaptive;
    this.dynamic = dynamic;
    this.component = component;
    this.temperature = temperature;
    this.state = network.newState(1);
    this.windows = new Workspaces<>(this::window, Window::close);
    this.storage = new HostStorage((long) most * DType.F64.bytes());
    this.powers = new double[network.config().vocabulary()];
  }

  private Window window(int steps) {
    Window window = network.window(steps, 1, dynamic != null);
    if (dynamic == null) {
      window.weightsStay(steps);
    }
    return window;
  }

  /** Adds a cache of hidden states as another component; it is closed with this one. */
  void attach(NeuralCache states, double sharpness, int itsComponent) {
    cache = states;
    theta = sharpness;
    cacheComponent = itsComponent;
  }

  /** Receives what settings are chosen from, in place of the predictions of a chunk. */
  interface Probe {
    /** Receives the logits of a row whose target is scored. */
    void logits(int row, int target, double[] logits);

    /** Receives the products of a row whose target is scored, as {@link NeuralCache.Taker} does. */
    void products(int row, int target, double[] products, int[] tokens, int first, int count);
  }

  /**
   * Passes logits on, and products where there is a cache.
   *
   * @param states is closed with this; null for none
   */
  void probe(@Nullable NeuralCache states, Probe receiver) {
    cache = states;
    probe = receiver;
  }

  @Override
  public void reset() {
    state.reset();
  }

  @Override
  public void read(Chunk chunk) {
    int from = 0;
    while (from < chunk.rows()) {
      int left = chunk.rows() - from;
      int steps = // few shapes of windows
          dynamic == null ? Integer.highestOneBit(left) : Math.min(dynamic.segment(), left);
      read(chunk, from, steps);
      from += steps;
    }
  }

  private void read(Chunk chunk, int from, int steps) {
    int[] inputs = new int[steps];
    int[] targets = new int[steps];
    System.arraycopy(chunk.inputs(), from, inputs, 0, steps);
    System.arraycopy(chunk.targets(), from, targets, 0, steps);
    int scored = 0;
    for (int target : targets) {
      scored += target == Chunk.IGNORE ? 0 : 1;
    }
    Window window = windows.of(steps);
    window.load(inputs, targets);
    boolean learns = dynamic != null && scored > 0;
    if (learns) {
      window.train(state, UNUSED, scored);
    } else {
      window.evaluate(state);
    }
    if (scored > 0) {
      NeuralCache states = cache;
      if (states != null) {
        Tensor hidden = window.hidden();
        states.attend(
            hidden,
            targets,
            0,
            (row, products, tokens, first, count) ->
                attended(chunk, from + row, products, tokens, first, count));
      }
      if (chunk.whole() || temperature != 1 || probe != null) {
        window.logits((row, logits) -> predicted(chunk, from + row, logits));
      } else {
        losses(chunk, window, from);
      }
    }
    state.advance();
    if (learns && adaptive != null && dynamic != null) {
      adaptive.learn(dynamic);
    }
  }

  private void losses(Chunk chunk, Window window, int from) {
    Tensor losses = new Tensor(storage, 0, Shape.of(window.steps()), DType.F64);
    backend.download(window.losses(), losses);
    for (int row = 0; row < window.steps(); row++) {
      if (chunk.isScored(from + row)) {
        chunk.set(component, from + row, -losses.get(row));
      }
    }
  }

  /** Computes softmax of the logits divided by the temperature. */
  private void predicted(Chunk chunk, int row, double[] logits) {
    if (!chunk.isScored(row)) {
      return;
    }
    int target = chunk.targets()[row];
    if (probe != null) {
      probe.logits(row, target, logits);
      return;
    }
    double most = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      most = Math.max(most, logit);
    }
    double exponent = (logits[target] - most) / temperature;
    System.arraycopy(logits, 0, powers, 0, powers.length);
    double sum = NegativeExp.ofDifferences(powers, 0, powers.length, most, 1 / temperature);
    chunk.set(component, row, exponent - Math.log(sum));
    if (chunk.whole()) {
      chunk.add(component, row, powers, 1 / sum);
    }
  }

  /** Computes the distribution of the cache, {@code Σ exp(θ h·hᵢ)} by the token that followed. */
  private void attended(
      Chunk chunk, int row, double[] products, int[] tokens, int first, int count) {
    if (probe != null) {
      probe.products(row, chunk.targets()[row], products, tokens, first, count);
      return;
    }
    if (count == 0) {
      chunk.leaveToModel(cacheComponent, row);
      return;
    }
    chunk.set(
        cacheComponent, row, logShare(products, tokens, first, count, theta, chunk.targets()[row]));
    if (chunk.whole()) {
      double sum = 0;
      for (int i = 0; i < count; i++) {
        sum += products[i];
      }
      for (int i = 0; i < count; i++) {
        chunk.add(cacheComponent, row, tokens[first + i], products[i] / sum);
      }
    }
  }

  /**
   * Returns the logarithm of a token's share of {@code Σ exp(θ sᵢ)}, and replaces the products
   * {@code sᵢ} by their powers relative to the largest.
   */
  static double logShare(
      double[] products, int[] tokens, int first, int count, double theta, int target) {
    double most = Double.NEGATIVE_INFINITY;
    double mostOfTarget = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      most = Math.max(most, products[i]);
      if (tokens[first + i] == target) {
        mostOfTarget = Math.max(mostOfTarget, products[i]);
      }
    }
    double ofTarget = 0;
    if (mostOfTarget > Double.NEGATIVE_INFINITY) {
      for (int i = 0; i < count; i++) {
        if (tokens[first + i] == target) { // few: relative to their own largest, nothing vanishes
          ofTarget += Math.exp(theta * (products[i] - mostOfTarget));
        }
      }
    }
    double sum = NegativeExp.ofDifferences(products, 0, count, most, theta);
    return Math.log(ofTarget) + theta * (mostOfTarget - most) - Math.log(sum);
  }

  @Override
  public void close() {
    windows.close();
    state.close();
    storage.close();
    if (cache != null) {
      cache.close();
    }
    if (adaptive != null) {
      adaptive.close();
    }
  }
}
