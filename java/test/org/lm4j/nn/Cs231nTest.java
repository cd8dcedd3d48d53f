package org.lm4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.Tensor;

/**
 * The values that the assignments of Stanford's course CS231n publish for the inputs they make with
 * {@code numpy.linspace}, reproduced to the digits published.
 */
class Cs231nTest {
  private static final double EIGHT_DIGITS = 0.5001e-8;
  private static final double TEN_DIGITS = 0.5001e-10;

  private final Backend backend = new ReferenceBackend();

  @AfterEach
  void close() {
    backend.close();
  }

  private static double[] linspace(double from, double to, int count) {
    return IntStream.range(0, count)
        .mapToDouble(i -> from + (to - from) * i / (count - 1))
        .toArray();
  }

  private Tensor tensor(double[] values, int... dims) {
    Tensor tensor = backend.allocate(dims);
    set(tensor, values);
    return tensor;
  }

  private static void set(Tensor tensor, double[] values) {
    for (int i = 0; i < values.length; i++) {
      tensor.set(i, values[i]);
    }
  }

  private static void assertPublished(double[] own, double[] published, double tolerance) {
    assertThat(own).hasSameSizeAs(published);
    for (int i = 0; i < own.length; i++) {
      assertThat(Math.abs(own[i] - published[i]))
          .as("[%d]: %.12f, published %.8f", i, own[i], published[i])
          .isLessThanOrEqualTo(tolerance);
    }
  }

  /** Creates a layer with weights in the course's layout. */
  private Recurrent layer(RnnSpec spec, double[] wx, double[] wh, double[] b) {
    Parameters parameters = new Parameters.Builder().add("", backend, spec).allocate(backend, true);
    Cell cell = spec.cell();
    set(parameters.get("weight_ih_l0").value(), ColumnLayout.toRows(cell, wx, spec.inputSize()));
    set(parameters.get("weight_hh_l0").value(), ColumnLayout.toRows(cell, wh, spec.hiddenSize()));
    set(parameters.get("bias_ih_l0").value(), ColumnLayout.bias(cell, b));
    return new Recurrent(backend, spec, parameters, "", 0);
  }

  @Test
  void rnnStep() {
    Recurrent layer =
        layer(
            new RnnSpec(Cell.RNN_TANH, 10, 4, 1, 0),
            linspace(-0.1, 0.9, 40),
            linspace(-0.3, 0.7, 16),
            linspace(-0.2, 0.4, 4));
    RecurrentStep step = new RecurrentStep(backend, layer);
    RnnState after = layer.newState(3);
    try (RecurrentStep.Cache cache = step.cache(3)) {
      step.forward(
          cache,
          tensor(linspace(-0.4, 0.7, 30), 3, 10),
          new RnnState(tensor(linspace(-0.2, 0.5, 12), 1, 3, 4), null),
          after);
    }
    assertPublished(
        after.h().toArray(),
        new double[] {
          -0.58172089, -0.50182032, -0.41232771, -0.31410098,
          0.66854692, 0.79562378, 0.87755553, 0.92795967,
          0.97934501, 0.99144213, 0.99646691, 0.99854353
        },
        EIGHT_DIGITS);
  }

  @Test
  void lstmStep() {
    Recurrent layer =
        layer(
            new RnnSpec(Cell.LSTM, 4, 5, 1, 0),
            linspace(-2.1, 1.3, 80),
            linspace(-0.7, 2.2, 100),
            linspace(0.3, 0.7, 20));
    RecurrentStep step = new RecurrentStep(backend, layer);
    RnnState after = layer.newState(3);
    try (RecurrentStep.Cache cache = step.cache(3)) {
      step.forward(
          cache,
          tensor(linspace(-0.4, 1.2, 12), 3, 4),
          new RnnState(
              tensor(linspace(-0.3, 0.7, 15), 1, 3, 5), tensor(linspace(-0.4, 0.9, 15), 1, 3, 5)),
          after);
    }
    assertPublished(
        after.h().toArray(),
        new double[] {
          0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904,
          0.49223563, 0.55611431, 0.61507696, 0.66844003, 0.7159181,
          0.56735664, 0.66310127, 0.74419266, 0.80889665, 0.858299
        },
        EIGHT_DIGITS);
    assertPublished(
        after.cell().toArray(),
        new double[] {
          0.32986176, 0.39145139, 0.451556, 0.51014116, 0.56717407,
          0.66382255, 0.76674007, 0.87195994, 0.97902709, 1.08751345,
          0.74192008, 0.90592151, 1.07717006, 1.25120233, 1.42395676
        },
        EIGHT_DIGITS);
  }

  /** Returns a layer's outputs for batch-major sequences, batch-major. */
  private double[] sequence(Recurrent layer, double[] x, double[] h0, int batch, int steps) {
    int width = layer.spec().inputSize();
    int hidden = layer.spec().hiddenSize();
    RnnState initial = layer.newState(batch);
    set(initial.h(), h0);
    Tensor y = backend.allocate(steps, batch, hidden);
    Tensor timeMajor = tensor(ColumnLayout.exchanged(x, batch, steps), steps, batch, width);
    try (RnnTape tape = layer.tape(steps, batch, false)) {
      layer.forward(tape, new RnnInOut(timeMajor, initial, y, layer.newState(batch)), null);
    }
    return ColumnLayout.exchanged(y.toArray(), steps, batch);
  }

  @Test
  void rnnSequence() {
    Recurrent layer =
        layer(
            new RnnSpec(Cell.RNN_TANH, 4, 5, 1, 0),
            linspace(-0.2, 0.4, 20),
            linspace(-0.4, 0.1, 25),
            linspace(-0.7, 0.1, 5));
    assertPublished(
        sequence(layer, linspace(-0.1, 0.3, 24), linspace(-0.3, 0.1, 10), 2, 3),
        new double[] {
          -0.42070749, -0.27279261, -0.11074945, 0.05740409, 0.22236251,
          -0.39525808, -0.22554661, -0.0409454, 0.14649412, 0.32397316,
          -0.42305111, -0.24223728, -0.04287027, 0.15997045, 0.35014525,
          -0.55857474, -0.39065825, -0.19198182, 0.02378408, 0.23735671,
          -0.27150199, -0.07088804, 0.13562939, 0.33099728, 0.50158768,
          -0.51014825, -0.30524429, -0.06755202, 0.17806392, 0.40333043
        },
        EIGHT_DIGITS);
  }

  @Test
  void lstmSequence() {
    Recurrent layer =
        layer(
            new RnnSpec(Cell.LSTM, 5, 4, 1, 0),
            linspace(-0.2, 0.9, 80),
            linspace(-0.3, 0.6, 64),
            linspace(0.2, 0.7, 16));
    assertPublished(
        sequence(layer, linspace(-0.4, 0.6, 30), linspace(-0.4, 0.8, 8), 2, 3),
        new double[] {
          0.01764008, 0.01823233, 0.01882671, 0.0194232,
          0.11287491, 0.12146228, 0.13018446, 0.13902939,
          0.31358768, 0.33338627, 0.35304453, 0.37250975,
          0.45767879, 0.4761092, 0.4936887, 0.51041945,
          0.6704845, 0.69350089, 0.71486014, 0.7346449,
          0.81733511, 0.83677871, 0.85403753, 0.86935314
        },
        EIGHT_DIGITS);
  }

  @Test
  void wordEmbedding() {
    Parameter table = new Parameter("W", tensor(linspace(0, 1, 15), 5, 3), null);
    Tensor ids = backend.allocateIds(8);
    backend.upload(new int[] {0, 3, 1, 2, 2, 1, 0, 3}, 0, 8, ids);
    Tensor out = backend.allocate(8, 3);
    new Embedding(backend, table).forward(ids, out);
    double[] zero = {0, 0.07142857, 0.14285714};
    double[] one = {0.21428571, 0.28571429, 0.35714286};
    double[] two = {0.42857143, 0.5, 0.57142857};
    double[] three = {0.64285714, 0.71428571, 0.78571429};
    List<double[]> rows = List.of(zero, three, one, two, two, one, zero, three);
    assertPublished(
        out.toArray(),
        rows.stream().flatMapToDouble(java.util.Arrays::stream).toArray(),
        EIGHT_DIGITS);
  }

  @Test
  void affine() {
    Parameter weight =
        new Parameter(
            "w", tensor(ColumnLayout.transposed(linspace(-0.2, 0.3, 360), 120), 3, 120), null);
    Parameter bias = new Parameter("b", tensor(linspace(-0.3, 0.1, 3), 3), null);
    Tensor y = backend.allocate(2, 3);
    new Affine(backend, weight, bias).forward(tensor(linspace(-0.1, 0.5, 240), 2, 120), y);
    assertPublished(
        y.toArray(),
        new double[] {1.49834967, 1.70660132, 1.91485297, 3.25553199, 3.5141327, 3.77273342},
        EIGHT_DIGITS);
  }

  @Test
  void relu() {
    Tensor x = tensor(linspace(-0.5, 0.5, 12), 3, 4);
    new Relu(backend).forward(x, x);
    assertPublished(
        x.toArray(),
        new double[] {
          0, 0, 0, 0, 0, 0, 0.04545455, 0.13636364, 0.22727273, 0.31818182, 0.40909091, 0.5
        },
        EIGHT_DIGITS);
  }

  @Test
  void twoLayerNet() {
    double[] w1 = ColumnLayout.transposed(linspace(-0.7, 0.3, 250), 5);
    double[] w2 = ColumnLayout.transposed(linspace(-0.3, 0.4, 350), 50);
    Parameter one = new Parameter("W1", tensor(w1, 50, 5), null);
    Parameter two = new Parameter("W2", tensor(w2, 7, 50), null);
    Parameter b1 = new Parameter("b1", tensor(linspace(-0.1, 0.9, 50), 50), null);
    Parameter b2 = new Parameter("b2", tensor(linspace(-0.9, 0.1, 7), 7), null);
    Tensor x = tensor(ColumnLayout.transposed(linspace(-5.5, 4.5, 15), 5), 3, 5);
    Tensor hidden = backend.allocate(3, 50);
    Tensor scores = backend.allocate(3, 7);
    new Affine(backend, one, b1).forward(x, hidden);
    new Relu(backend).forward(hidden, hidden);
    new Affine(backend, two, b2).forward(hidden, scores);
    assertPublished(
        scores.toArray(),
        new double[] {
          11.53165108, 12.2917344, 13.05181771, 13.81190102, 14.57198434, 15.33206765, 16.09215096,
          12.05769098, 12.74614105, 13.43459113, 14.1230412, 14.81149128, 15.49994135, 16.18839143,
          12.58373087, 13.20054771, 13.81736455, 14.43418138, 15.05099822, 15.66781506, 16.2846319
        },
        EIGHT_DIGITS);

    Tensor targets = backend.allocateIds(3);
    backend.upload(new int[] {0, 5, 1}, 0, 3, targets);
    Tensor losses = backend.allocate(3);
    Tensor loss = backend.allocate(1);
    ClassLoss.SOFTMAX.lossAndGradient(backend, scores, targets, 1.0 / 3, losses);
    backend.sum(losses, loss);
    assertThat(Math.abs(loss.get(0) / 3 - 3.4702243556)).isLessThanOrEqualTo(TEN_DIGITS);
    try (WeightPenalty penalty =
        new WeightPenalty(backend, List.of(one, two), 1, WeightPenalty.Convention.HALF)) {
      penalty.addLoss(3, loss);
    }
    assertThat(Math.abs(loss.get(0) / 3 - 26.5948426952)).isLessThanOrEqualTo(TEN_DIGITS);
  }

  /** Weights after one step with gradients linspace(-0.6, 0.4) of weights linspace(-0.4, 0.6). */
  private double[] updated(UpdateRule rule, List<Tensor> moments, double rate, int step) {
    Tensor w = tensor(linspace(-0.4, 0.6, 20), 20);
    backend.update(rule, w, tensor(linspace(-0.6, 0.4, 20), 20), moments, null, rate, step);
    return w.toArray();
  }

  /** The course keeps {@code v = momentum · v - rate · g}; here the rate is multiplied later. */
  @Test
  void sgdMomentum() {
    double rate = 1e-3;
    Tensor velocity = tensor(linspace(0.6, 0.9, 20), 20);
    backend.scale(-1 / rate, velocity);
    assertPublished(
        updated(new UpdateRule.Sgd(0.9, false, 0), List.of(velocity), rate, 2),
        new double[] {
          0.1406, 0.20738947, 0.27417895, 0.34096842, 0.40775789,
          0.47454737, 0.54133684, 0.60812632, 0.67491579, 0.74170526,
          0.80849474, 0.87528421, 0.94207368, 1.00886316, 1.07565263,
          1.14244211, 1.20923158, 1.27602105, 1.34281053, 1.4096
        },
        EIGHT_DIGITS);
    backend.scale(-rate, velocity);
    assertPublished(
        velocity.toArray(),
        new double[] {
          0.5406, 0.55475789, 0.56891579, 0.58307368, 0.59723158,
          0.61138947, 0.62554737, 0.63970526, 0.65386316, 0.66802105,
          0.68217895, 0.69633684, 0.71049474, 0.72465263, 0.73881053,
          0.75296842, 0.76712632, 0.78128421, 0.79544211, 0.8096
        },
        EIGHT_DIGITS);
  }

  @Test
  void rmsProp() {
    Tensor cache = tensor(linspace(0.6, 0.9, 20), 20);
    assertPublished(
        updated(new UpdateRule.RmsProp(0.99, 1e-8, 0), List.of(cache), 1e-2, 2),
        new double[] {
          -0.39223849, -0.34037513, -0.28849239, -0.23659121, -0.18467247,
          -0.132737, -0.08078555, -0.02881884, 0.02316247, 0.07515774,
          0.12716641, 0.17918792, 0.23122175, 0.28326742, 0.33532447,
          0.38739248, 0.43947102, 0.49155973, 0.54365823, 0.59576619
        },
        EIGHT_DIGITS);
    assertPublished(
        cache.toArray(),
        new double[] {
          0.5976, 0.6126277, 0.6277108, 0.64284931, 0.65804321,
          0.67329252, 0.68859723, 0.70395734, 0.71937285, 0.73484377,
          0.75037008, 0.7659518, 0.78158892, 0.79728144, 0.81302936,
          0.82883269, 0.84469141, 0.86060554, 0.87657507, 0.8926
        },
        EIGHT_DIGITS);
  }

  @Test
  void adam() {
    Tensor m = tensor(linspace(0.6, 0.9, 20), 20);
    Tensor v = tensor(linspace(0.7, 0.5, 20), 20);
    assertPublished(
        updated(new UpdateRule.Adam(0.9, 0.999, 1e-8, 0, false), List.of(m, v), 1e-2, 6),
        new double[] {
          -0.40094747, -0.34836187, -0.29577703, -0.24319299, -0.19060977,
          -0.1380274, -0.08544591, -0.03286534, 0.01971428, 0.0722929,
          0.1248705, 0.17744702, 0.23002243, 0.28259667, 0.33516969,
          0.38774145, 0.44031188, 0.49288093, 0.54544852, 0.59801459
        },
        EIGHT_DIGITS);
    assertPublished(
        v.toArray(),
        new double[] {
          0.69966, 0.68908382, 0.67851319, 0.66794809, 0.65738853,
          0.64683452, 0.63628604, 0.6257431, 0.61520571, 0.60467385,
          0.59414753, 0.58362676, 0.57311152, 0.56260183, 0.55209767,
          0.54159906, 0.53110598, 0.52061845, 0.51013645, 0.49966
        },
        EIGHT_DIGITS);
    assertPublished(
        m.toArray(),
        new double[] {
          0.48, 0.49947368, 0.51894737, 0.53842105, 0.55789474,
          0.57736842, 0.59684211, 0.61631579, 0.63578947, 0.65526316,
          0.67473684, 0.69421053, 0.71368421, 0.73315789, 0.75263158,
          0.77210526, 0.79157895, 0.81105263, 0.83052632, 0.85
        },
        EIGHT_DIGITS);
  }
}
