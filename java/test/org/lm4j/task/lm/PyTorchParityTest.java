package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.nn.Parameter;
import org.lm4j.optim.Clipping;
import org.lm4j.optim.Optimizer;
import org.lm4j.tensor.Tensor;

/**
 * Whole models against PyTorch in float64: losses, every gradient, the state carried on, and 20
 * steps of each optimizer. The fixtures are made by scripts/make-fixtures.py.
 */
class PyTorchParityTest {
  private static final double TOLERANCE = 1e-10;
  private static final RandomKey KEY = new RandomKey(1, 0);
  private static final int UPDATES = 20;

  @TestFactory
  Stream<DynamicTest> lossGradientsAndStateAgree() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Cell cell : Cell.values()) {
      if (cell.pytorchLayer() == null) {
        continue;
      }
      for (int layers = 1; layers <= 3; layers++) {
        for (String tied : new String[] {"", "-tied"}) {
          String name = "model-" + cell.label() + "-" + layers + tied;
          tests.add(DynamicTest.dynamicTest(name, () -> checkModel(name, cell)));
        }
      }
    }
    return tests.stream();
  }

  private static void checkModel(String name, Cell cell) throws Exception {
    Path path = fixture(name);
    try (SafetensorsFile file = SafetensorsFile.open(path);
        Backend backend = new ReferenceBackend()) {
      LanguageModelConfig config = LanguageModelWeights.infer(file, path, cell, 0);
      int steps = file.shape("ids").dim(0);
      int batch = file.shape("ids").dim(1);
      try (LanguageModelNetwork model = new LanguageModelNetwork(backend, config, true);
          Window window = model.window(steps, batch, true);
          CarriedState state = model.newState(batch)) {
        fill(backend, file, "", model);
        String[] parts = {"h", "c"};
        for (int i = 0; i < state.parts().size(); i++) {
          backend.upload(file.tensor("initial." + parts[i]), state.parts().get(i));
        }
        window.load(ints(file, "ids"), ints(file, "targets"));
        window.train(state, KEY, steps * batch);
        agree("losses", window.losses(), file.tensor("losses"));
        state.advance();
        for (int i = 0; i < state.parts().size(); i++) {
          agree("last." + parts[i], state.parts().get(i), file.tensor("last." + parts[i]));
        }
        for (Parameter parameter : model.parameters().all()) {
          agree(parameter.name(), parameter.gradient(), file.tensor("grad." + parameter.name()));
        }
      }
    }
  }

  /** A rule of the fixture, as scripts/make-fixtures.py sets it up there. */
  private record Trajectory(String name, UpdateRule rule, double rate, double clip) {}

  @TestFactory
  Stream<DynamicTest> twentyStepsOfEachOptimizerAgree() {
    double none = Double.POSITIVE_INFINITY;
    return Stream.of(
            new Trajectory("sgd", new UpdateRule.Sgd(0, false, 0), 0.5, none),
            new Trajectory("sgd-decay", new UpdateRule.Sgd(0, false, 0.01), 0.5, none),
            new Trajectory("sgd-clip", new UpdateRule.Sgd(0, false, 0), 2.0, 0.25),
            new Trajectory("momentum", new UpdateRule.Sgd(0.9, false, 0.01), 0.1, none),
            new Trajectory("nesterov", new UpdateRule.Sgd(0.9, true, 0.01), 0.1, none),
            new Trajectory("rmsprop", new UpdateRule.RmsProp(0.99, 1e-8, 0.01), 0.01, none),
            new Trajectory("adagrad", new UpdateRule.AdaGrad(1e-10, 0.01), 0.1, none),
            new Trajectory("adam", adam(0, false), 0.02, none),
            new Trajectory("adam-decay-clip", adam(0.01, false), 0.02, 0.25),
            new Trajectory("adamw", adam(0.1, true), 0.02, none),
            new Trajectory("adamw-clip", adam(0.1, true), 0.02, 0.25))
        .map(each -> DynamicTest.dynamicTest(each.name(), () -> checkTrajectory(each)));
  }

  private static UpdateRule adam(double weightDecay, boolean decoupled) {
    return new UpdateRule.Adam(0.9, 0.999, 1e-8, weightDecay, decoupled);
  }

  private static void checkTrajectory(Trajectory trajectory) throws Exception {
    try (SafetensorsFile file = SafetensorsFile.open(fixture("trajectories"));
        Backend backend = new ReferenceBackend()) {
      int steps = file.shape("ids").dim(0);
      int batch = file.shape("ids").dim(1);
      Tensor table = file.tensor("start.encoder.weight");
      int hidden = file.shape("start.rnn.weight_hh_l0").dim(1);
      LanguageModelConfig config =
          new LanguageModelConfig(
              Cell.LSTM, table.shape().dim(0), table.shape().dim(1), hidden, 1, 0, false);
      try (LanguageModelNetwork model = new LanguageModelNetwork(backend, config, true);
          Window window = model.window(steps, batch, true);
          CarriedState state = model.newState(batch);
          Optimizer optimizer =
              new Optimizer(
                  backend,
                  model.parameters(),
                  trajectory.rule(),
                  new Clipping(trajectory.clip(), Double.POSITIVE_INFINITY))) {
        fill(backend, file, "start.", model);
        window.load(ints(file, "ids"), ints(file, "targets"));
        Tensor losses = file.tensor(trajectory.name() + ".losses");
        Tensor norms = file.tensor(trajectory.name() + ".norms");
        for (int update = 0; update < UPDATES; update++) {
          window.train(state, KEY, steps * batch);
          double loss = 0;
          for (double each : window.losses().toArray()) {
            loss += each / (steps * batch);
          }
          optimizer.step(trajectory.rate());
          agree("loss of step " + update, loss, losses.get(update));
          agree("norm of step " + update, optimizer.norm().get(0), norms.get(update));
        }
        for (Parameter parameter : model.parameters().all()) {
          String name = trajectory.name() + ".final." + parameter.name();
          agree(name, parameter.value(), file.tensor(name));
        }
      }
    }
  }

  private static void fill(
      Backend backend, SafetensorsFile file, String prefix, LanguageModelNetwork model) {
    for (Parameter parameter : model.parameters().all()) {
      backend.upload(file.tensor(prefix + parameter.name()), parameter.value());
    }
  }

  private static int[] ints(SafetensorsFile file, String name) {
    Tensor tensor = file.tensor(name);
    return IntStream.range(0, Math.toIntExact(tensor.size()))
        .map(i -> (int) tensor.get(i))
        .toArray();
  }

  private static void agree(String what, Tensor own, Tensor theirs) {
    assertThat(own.size()).as(what).isEqualTo(theirs.size());
    for (long i = 0; i < own.size(); i++) {
      agree(what + "[" + i + "]", own.get(i), theirs.get(i));
    }
  }

  private static void agree(String what, double own, double theirs) {
    assertThat(Math.abs(own - theirs))
        .as("%s: %.15g here, %.15g in PyTorch", what, own, theirs)
        .isLessThanOrEqualTo(TOLERANCE * Math.max(1, Math.abs(theirs)));
  }

  private static Path fixture(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(
                PyTorchParityTest.class.getResource("/org/lm4j/fixtures/" + name + ".safetensors"))
            .toURI());
  }
}
