package org.lm4j.task.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.SoleUse;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Measures the gradient of a language model's loss on its way back through time: whether it
 * vanishes or explodes (Bengio, Simard and Frasconi, "Learning Long-Term Dependencies with Gradient
 * Descent is Difficult", 1994; Pascanu, Mikolov and Bengio, "On the difficulty of training
 * recurrent neural networks", 2013).
 *
 * <p>The loss {@code E_b} of window {@code b} is the cross-entropy in nats at its last step alone,
 * {@code -log p(y_b | x_1 … x_T)}, from a zero state, without dropout. So all that is seen at
 * distance {@code k} has travelled {@code k} steps. For layer {@code l} and distance {@code k}
 *
 * <pre>
 *   hidden[k] = sqrt( 1/B Σ_b ‖∂E_b/∂h_{T-k}‖² )      cell[k] = the same of c_{T-k}
 * </pre>
 *
 * the root mean square over windows (a geometric mean would break at the first window whose
 * gradient is zero). The derivative is that by the state as a value: {@code h_{T-k}} is changed,
 * all that is computed from it is computed anew, in later steps and in the layers above, while what
 * was computed before or beside it, the {@code c_{T-k}} of the same step included, stays. By that
 * definition {@code cell[0]} is 0: the output at the last step reads {@code h} alone.
 *
 * <p>Recurrent weights {@code U} of all layers are used at each step; step {@code T - k} alone
 * contributes {@code dU_k} to the gradient of the mean loss, and backpropagation through {@code n}
 * steps sums up the first {@code n} of them:
 *
 * <pre>
 *   contribution[k] = ‖dU_k‖      accumulated[k] = ‖dU_0 + … + dU_k‖      clipped[k] = that, clipped
 * </pre>
 *
 * <p>Gradients are kept near 1 by powers of two on their way, which changes no digit, so that
 * float32 shows a norm of 1e-200 as well as one of 1e200. The sum of the contributions is made in
 * the backend's own numbers and clipped by its own operation, as in training.
 */
public final class GradientFlow implements AutoCloseable {
  private static final double MOST_NUMBERS = 5e8;

  private static final int FAR = 16; // rescale where a norm is beyond 2^±16

  private final SoleUse use = new SoleUse("the gradient flow");
  private final LanguageModelNetwork model;
  private final Backend backend;
  private final int steps;
  private final int batch;
  private final List<StepwiseLayer> layers = new ArrayList<>();
  private final OwnedTensors owned;

  private final Tensor ids; // I32 (B), of one step
  private final List<Tensor> embedded = new ArrayList<>(); // (B, D), one for each step
  private final Tensor targets; // I32 (B)
  private final Tensor logits; // (B, V)
  private final Tensor losses; // (B)
  private final Tensor dOutput; // (B, H)
  private final Tensor sum; // (L, G·H, H)
  private final Tensor clippedSum; // (L, G·H, H)
  private final Tensor norm; // (2)
  private final HostStorage hostStorage;
  private final Tensor hostNorm; // F64 (2)
  private final Tensor hostLosses; // F64 (B)

  /**
   * One layer's norms by distance.
   *
   * @param hidden of the hidden state, {@code T} of them
   * @param cell of the cell state, or empty for a cell without
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Layer(double[] hidden, double[] cell) {}

  /**
   * The norms of the recurrent weights' gradient, {@code T} each.
   *
   * @param contribution of the step at distance {@code k} alone
   * @param accumulated of the sum of those at distances 0 to {@code k}; infinite where the
   *     backend's numbers overflow
   * @param clipped of that sum after clipping; NaN where there is nothing left to clip
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Weights(double[] contribution, double[] accumulated, double[] clipped) {}

  /**
   * The result of a measurement.
   *
   * @param loss the mean loss over windows, in nats; not finite if the forward pass overflowed
   * @param layers from the input upwards
   * @param weights of the recurrent weights of all layers together
   */
  public record Result(double loss, List<Layer> layers, Weights weights) {}

  /**
   * Allocates the memory for windows of one shape.
   *
   * @param steps {@code T}
   * @param batch {@code B}, windows side by side
   * @throws IllegalArgumentException as {@link #requireAffordable}
   */
  public GradientFlow(LanguageModelNetwork model, int steps, int batch) {
    requireAffordable(model.config(), steps, batch);
    this.model = model;
    this.backend = model.backend();
    this.owned = new OwnedTensors(backend);
    this.steps = steps;
    this.batch = batch;
    LanguageModelConfig config = model.config();
    int hidden = config.hidden();
    for (int layer = 0; layer < config.layers(); layer++) {
      layers.add(new StepwiseLayer(model, layer, steps, batch));
    }
    this.ids = owned.ids(batch);
    for (int t = 0; t < steps; t++) {
      embedded.add(owned.floats(batch, config.embedding()));
    }
    this.targets = owned.ids(batch);
    this.logits = owned.floats(batch, config.vocabulary());
    this.losses = owned.floats(batch);
    this.dOutput = owned.floats(batch, hidden);
    int rows = config.rnn().gateRows();
    this.sum = owned.floats(config.layers(), rows, hidden);
    this.clippedSum = owned.floats(config.layers(), rows, hidden);
    this.norm = owned.floats(2);
    this.hostStorage = new HostStorage((2L + batch) * DType.F64.bytes());
    this.hostNorm = new Tensor(hostStorage, 0, Shape.of(2), DType.F64);
    this.hostLosses = new Tensor(hostStorage, 2, Shape.of(batch), DType.F64);
  }

  /**
   * Checks that windows of this shape need at most 5e8 numbers, 2 GB of float32.
   *
   * @throws IllegalArgumentException if they need more, the message suggests what to reduce; or the
   *     model has adaptive softmax
   */
  public static void requireAffordable(LanguageModelConfig config, int steps, int batch) {
    if (steps < 1 || batch < 1) {
      throw new IllegalArgumentException("there must be at least one step and one window");
    }
    if (config.output().isAdaptive()) {
      throw new IllegalArgumentException(
          "gradients through time are measured with full softmax, but this model has adaptive softmax");
    }
    double gates = config.cell().gates();
    double hidden = config.hidden();
    double states = config.layers() * hidden * (gates + 6); // what one step of one window keeps
    double numbers =
        (double) steps * batch * (config.embedding() + states)
            + (double) batch * config.vocabulary()
            + config.layers() * gates * hidden * (4 * hidden + 2.0 * config.embedding());
    if (numbers > MOST_NUMBERS) {
      throw new IllegalArgumentException(
          ("%d windows of %d steps through %d layers of %d would keep %.1e numbers;"
                  + " there can be %.0e: make one of them smaller")
              .formatted(batch, steps, config.layers(), config.hidden(), numbers, MOST_NUMBERS));
    }
  }

  /**
   * Measures some windows.
   *
   * @param inputs the input tokens, time-major {@code (T, B)}, each in [0, V)
   * @param wanted the token after each window, {@code (B)}
   * @param maxNorm the limit that {@link Weights#clipped} is held to
   */
  public Result measure(int[] inputs, int[] wanted, double maxNorm) {
    try (SoleUse.Use _ = use.begin()) {
      double loss = forward(inputs, wanted);
      List<Layer> norms = new ArrayList<>();
      for (StepwiseLayer layer : layers) {
        layer.beginBackward();
        int cells = model.config().cell().hasCellState() ? steps : 0;
        norms.add(new Layer(new double[steps], new double[cells]));
      }
      backend.fill(sum, 0);
      Weights weights = new Weights(new double[steps], new double[steps], new double[steps]);
      int exponent = 0; // gradients are 2^exponent times what the tensors hold
      for (int k = 0; k < steps; k++) {
        double most = stepBack(k, exponent, norms, weights);
        accumulate(k, exponent, weights, maxNorm);
        if (most > 0 && Double.isFinite(most) && Math.abs(Math.getExponent(most)) > FAR) {
          int shift = Math.getExponent(most);
          rescale(Math.scalb(1.0, -shift));
          exponent += shift;
        }
      }
      return new Result(loss, List.copyOf(norms), weights);
    }
  }

  /**
   * Returns the mean loss; leaves its gradient, not divided by the number of windows, in dOutput.
   */
  private double forward(int[] inputs, int[] wanted) {
    Tensor table = model.parameters().get(LanguageModelNetwork.ENCODER_WEIGHT).value();
    for (int t = 1; t <= steps; t++) {
      Tensor x = embedded.get(t - 1);
      backend.upload(inputs, (t - 1) * batch, batch, ids);
      backend.embed(table, ids, x);
      for (StepwiseLayer layer : layers) {
        layer.forward(t, x);
        x = layer.output(t);
      }
    }
    String output =
        model.config().tied()
            ? LanguageModelNetwork.ENCODER_WEIGHT
            : LanguageModelNetwork.DECODER_WEIGHT;
    Tensor decoder = model.parameters().get(output).value();
    Tensor bias = model.parameters().get(LanguageModelNetwork.DECODER_BIAS).value();
    backend.upload(wanted, 0, batch, targets);
    backend.affine(layers.getLast().output(steps), decoder, bias, logits);
    backend.softmaxCrossEntropy(logits, targets, SoftmaxOutput.IGNORE, 1, losses);
    backend.gemm(GemmOp.NN, 1, logits, decoder, 0, dOutput);
    backend.download(losses, hostLosses);
    return Arrays.stream(hostLosses.toArray()).sum() / batch;
  }

  /**
   * Takes all layers one step back, from the top, to distance {@code k}, and returns the largest
   * norm found, in the tensors' scale.
   */
  private double stepBack(int k, int exponent, List<Layer> norms, Weights weights) {
    double most = 0;
    double squares = 0;
    for (int l = layers.size() - 1; l >= 0; l--) {
      StepwiseLayer layer = layers.get(l);
      RnnState state = layer.dAfter();
      if (l < layers.size() - 1) {
        backend.axpy(1, layers.get(l + 1).dx(), state.h());
      } else if (k == 0) {
        backend.copy(dOutput, state.h());
      }
      double hidden = norm(state.h()) / Math.sqrt(batch);
      norms.get(l).hidden()[k] = Math.scalb(hidden, exponent);
      most = Math.max(most, hidden);
      if (state.c() != null) {
        double cell = norm(state.cell()) / Math.sqrt(batch);
        norms.get(l).cell()[k] = Math.scalb(cell, exponent);
        most = Math.max(most, cell);
      }
      layer.backward(steps - k);
      boolean recurs = model.config().cell().hasRecurrentWeights();
      double recurrent = recurs ? norm(layer.recurrentGradient()) / batch : 0;
      squares += recurrent * recurrent;
    }
    weights.contribution()[k] = Math.scalb(Math.sqrt(squares), exponent);
    return most;
  }

  private void accumulate(int k, int exponent, Weights weights, double maxNorm) {
    int half = exponent / 2; // in two halves, since 2^exponent alone may overflow
    for (int l = 0; l < layers.size() && weights.contribution()[k] != 0; l++) {
      Tensor part = layers.get(l).recurrentGradient();
      backend.scale(Math.scalb(1.0, half), part);
      Tensor total = sum.slice(l, 1).reshape(part.shape().dims());
      backend.axpy(Math.scalb(1.0 / batch, exponent - half), part, total);
    }
    backend.gradientNorm(sum, maxNorm, norm);
    backend.download(norm, hostNorm);
    double whole = hostNorm.get(0);
    double clipping = hostNorm.get(1);
    if (!Double.isFinite(whole)) {
      boolean none =
          Double.isNaN(weights.contribution()[k])
              || (k > 0 && Double.isNaN(weights.accumulated()[k - 1]));
      weights.accumulated()[k] = none ? Double.NaN : Double.POSITIVE_INFINITY;
      weights.clipped()[k] = Double.NaN;
      return;
    }
    weights.accumulated()[k] = whole;
    weights.clipped()[k] = whole;
    if (clipping < 1) {
      backend.copy(sum, clippedSum);
      backend.scale(clipping, clippedSum);
      weights.clipped()[k] = norm(clippedSum);
    }
  }

  private void rescale(double factor) {
    for (StepwiseLayer layer : layers) {
      backend.scale(factor, layer.dAfter().h());
      if (layer.dAfter().c() != null) {
        backend.scale(factor, layer.dAfter().cell());
      }
    }
  }

  private double norm(Tensor tensor) {
    backend.gradientNorm(tensor, Double.POSITIVE_INFINITY, norm);
    backend.download(norm, hostNorm);
    return hostNorm.get(0);
  }

  @Override
  public void close() {
    if (!use.end()) {
      return;
    }
    layers.forEach(StepwiseLayer::close);
    owned.close();
    hostStorage.close();
  }
}
