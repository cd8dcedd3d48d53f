package org.lm4j.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.compute.Cell;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/**
 * Single operations against PyTorch in float64, from the files that {@code
 * scripts/make-fixtures.py} writes: forward, backward, loss, and 20 steps of each update rule.
 */
class PyTorchFixtureTest {
  private static final double TOLERANCE = 1e-10;

  private final ReferenceBackend backend = new ReferenceBackend();
  private final List<Storage> storages = new ArrayList<>();

  @AfterEach
  void free() {
    storages.forEach(Storage::close);
  }

  static Stream<Arguments> models() {
    return Stream.of(Cell.values())
        .filter(cell -> cell.pytorchLayer() != null)
        .flatMap(
            cell ->
                Stream.of(1, 2, 3)
                    .flatMap(
                        layers ->
                            Stream.of("", "-tied").map(tied -> Arguments.of(cell, layers, tied))));
  }

  @ParameterizedTest
  @MethodSource("models")
  void theStackAgrees(Cell cell, int layers, String tied) throws URISyntaxException {
    try (SafetensorsFile file = open("model-%s-%d%s".formatted(cell.label(), layers, tied))) {
      Tensor x = own(file, "x");
      Tensor y = zeros(file.shape("y").dims());
      int hidden = y.shape().dim(2);
      RnnSpec spec = new RnnSpec(cell, x.shape().dim(2), hidden, layers, 0);
      RnnState last = likeState(file, cell);
      RnnState dInitial = likeState(file, cell);
      Tensor dx = zeros(x.shape().dims());
      RnnWeights weights = weights(file, layers, true);
      RnnWeights dWeights = weights(file, layers, false);
      try (RnnTape tape = backend.tape(spec, x.shape().dim(0), x.shape().dim(1), true)) {
        RnnState initial = state(file, "initial", cell);
        backend.rnnForward(tape, weights, new RnnInOut(x, initial, y, last), null, 0);
        backend.rnnBackward(
            tape, weights, new RnnGradients(own(file, "d_y"), null, dx, dInitial, dWeights));
      }
      assertAgrees(file, "y", y);
      assertAgrees(file, "last.h", last.h());
      assertAgrees(file, "d_x", dx);
      assertAgrees(file, "d_initial.h", dInitial.h());
      if (cell.hasCellState()) {
        assertAgrees(file, "last.c", last.cell());
        assertAgrees(file, "d_initial.c", dInitial.cell());
      }
      for (int layer = 0; layer < layers; layer++) {
        RnnWeights.Layer gradient = dWeights.layers().get(layer);
        assertAgrees(file, "grad.rnn.weight_ih_l" + layer, gradient.weightIh());
        assertAgrees(file, "grad.rnn.weight_hh_l" + layer, gradient.weightHh());
        assertAgrees(file, "grad.rnn.bias_ih_l" + layer, gradient.biasIh());
        assertAgrees(file, "grad.rnn.bias_hh_l" + layer, gradient.biasHh());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void embeddingDecoderAndLossAgree(Cell cell, int layers, String tied) throws URISyntaxException {
    try (SafetensorsFile file = open("model-%s-%d%s".formatted(cell.label(), layers, tied))) {
      Tensor table = own(file, "encoder.weight");
      Tensor weight = tied.isEmpty() ? own(file, "decoder.weight") : table;
      Tensor ids = ids(file, "ids");
      int rows = ids.shape().dim(0);
      int width = table.shape().dim(1);
      Tensor x = zeros(rows, width);
      backend.embed(table, ids, x);
      assertAgrees(file, "x", x);

      Tensor y = own(file, "y").reshape(rows, weight.shape().dim(1));
      Tensor logits = zeros(rows, weight.shape().dim(0));
      backend.gemm(GemmOp.NT, 1, y, weight, 0, logits);
      backend.addBias(own(file, "decoder.bias"), logits);
      assertAgrees(file, "logits", logits);

      Tensor losses = zeros(rows);
      Tensor targets = ids(file, "targets");
      backend.softmaxCrossEntropy(logits, targets, -1, 1.0 / rows, losses);
      assertAgrees(file, "losses", losses);
      assertAgrees(file, "d_logits", logits);
      Tensor loss = zeros(1);
      backend.sum(losses, loss);
      assertThat(loss.get(0) / rows).isCloseTo(file.tensor("loss").get(0), within(TOLERANCE));

      Tensor dy = zeros(y.shape().dims());
      backend.gemm(GemmOp.NN, 1, logits, weight, 0, dy);
      assertAgrees(file, "d_y", dy);
      Tensor dTable = zeros(table.shape().dims());
      Tensor dWeight = tied.isEmpty() ? zeros(weight.shape().dims()) : dTable;
      Tensor dBias = zeros(weight.shape().dim(0));
      backend.gemm(GemmOp.TN, 1, logits, y, 1, dWeight);
      backend.biasGradient(logits, dBias);
      backend.embedBackward(own(file, "d_x").reshape(rows, width), ids, dTable);
      assertAgrees(file, "grad.encoder.weight", dTable);
      assertAgrees(file, "grad.decoder.bias", dBias);
      if (tied.isEmpty()) {
        assertAgrees(file, "grad.decoder.weight", dWeight);
      }
    }
  }

  /** The rules, learning rates and limits of TRAJECTORIES in the script; the rest are defaults. */
  static Stream<Arguments> rules() {
    double none = Double.POSITIVE_INFINITY;
    return Stream.of(
        Arguments.of("sgd", new UpdateRule.Sgd(0, false, 0), 0.5, none),
        Arguments.of("sgd-decay", new UpdateRule.Sgd(0, false, 0.01), 0.5, none),
        Arguments.of("sgd-clip", new UpdateRule.Sgd(0, false, 0), 2.0, 0.25),
        Arguments.of("momentum", new UpdateRule.Sgd(0.9, false, 0.01), 0.1, none),
        Arguments.of("nesterov", new UpdateRule.Sgd(0.9, true, 0.01), 0.1, none),
        Arguments.of("rmsprop", new UpdateRule.RmsProp(0.99, 1e-8, 0.01), 0.01, none),
        Arguments.of("adagrad", new UpdateRule.AdaGrad(1e-10, 0.01), 0.1, none),
        Arguments.of("adam", adam(0, false), 0.02, none),
        Arguments.of("adam-decay-clip", adam(0.01, false), 0.02, 0.25),
        Arguments.of("adamw", adam(0.1, true), 0.02, none),
        Arguments.of("adamw-clip", adam(0.1, true), 0.02, 0.25));
  }

  private static UpdateRule adam(double weightDecay, boolean decoupled) {
    return new UpdateRule.Adam(0.9, 0.999, 1e-8, weightDecay, decoupled);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void updateRulesAgree(String name, UpdateRule rule, double learningRate, double maxNorm)
      throws URISyntaxException {
    try (SafetensorsFile file = open("trajectories")) {
      Tensor w = own(file, "replay.start");
      Tensor gradients = own(file, "replay.gradients"); // (20, parameters)
      Tensor norm = zeros(2);
      List<Tensor> moments =
          Stream.generate(() -> zeros(w.shape().dims())).limit(rule.moments()).toList();
      for (int step = 1; step <= gradients.shape().dim(0); step++) {
        Tensor g = gradients.slice(step - 1, 1);
        backend.gradientNorm(g, maxNorm, norm);
        backend.update(rule, w, g, moments, norm, learningRate, step);
        assertThat(g.toArray()).containsOnly(0);
      }
      assertAgrees(file, "replay." + name, w);
    }
  }

  // --- Fixtures ----------------------------------------------------------------------------------

  private static SafetensorsFile open(String name) throws URISyntaxException {
    URL url = PyTorchFixtureTest.class.getResource("/org/lm4j/fixtures/" + name + ".safetensors");
    return SafetensorsFile.open(Path.of(Objects.requireNonNull(url, name).toURI()));
  }

  private static void assertAgrees(SafetensorsFile file, String name, Tensor actual) {
    double[] expected = file.tensor(name).toArray();
    assertThat(actual.toArray()).as(name).containsExactly(expected, within(TOLERANCE));
  }

  private Tensor zeros(int... dims) {
    Tensor tensor = backend.allocate(dims);
    storages.add(tensor.storage());
    return tensor;
  }

  private Tensor own(SafetensorsFile file, String name) {
    Tensor own = zeros(file.shape(name).dims());
    backend.upload(file.tensor(name), own);
    return own;
  }

  /** Token ids as a vector. */
  private Tensor ids(SafetensorsFile file, String name) {
    Tensor stored = file.tensor(name);
    assertThat(stored.dtype()).isEqualTo(DType.I32);
    Tensor ids = backend.allocateIds(Math.toIntExact(stored.size()));
    storages.add(ids.storage());
    for (int i = 0; i < ids.size(); i++) {
      ids.set(i, stored.get(i));
    }
    return ids;
  }

  private RnnState state(SafetensorsFile file, String name, Cell cell) {
    return new RnnState(
        own(file, name + ".h"), cell.hasCellState() ? own(file, name + ".c") : null);
  }

  private RnnState likeState(SafetensorsFile file, Cell cell) {
    int[] dims = file.shape("initial.h").dims();
    return new RnnState(zeros(dims), cell.hasCellState() ? zeros(dims) : null);
  }

  /** The weights of the stack, or zeroed tensors in their shapes. */
  private RnnWeights weights(SafetensorsFile file, int layers, boolean loaded) {
    List<RnnWeights.Layer> all = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      Tensor[] parts = new Tensor[4];
      String[] names = {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"};
      for (int i = 0; i < parts.length; i++) {
        String name = "rnn." + names[i] + layer;
        parts[i] = loaded ? own(file, name) : zeros(file.shape(name).dims());
      }
      all.add(new RnnWeights.Layer(parts[0], parts[1], parts[2], parts[3]));
    }
    return new RnnWeights(all);
  }
}
