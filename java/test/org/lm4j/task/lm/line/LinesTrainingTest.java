package org.lm4j.task.lm.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.task.lm.CarriedState;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelTask;
import org.lm4j.task.lm.Window;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Sources;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.SequenceBatches;
import org.lm4j.text.token.SequenceIndex;
import org.lm4j.text.token.TextUnit;
import org.lm4j.text.token.TokenFile;
import org.lm4j.train.Cadence;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunLength;
import org.lm4j.train.RunPlan;
import org.lm4j.train.TrainingDefaults;
import org.lm4j.train.TrainingTask;

/**
 * Losses and gradients of training on lines against PyTorch in float64, which trains on them one by
 * one, without padding: each window of a batch has the sum of what its lines have alone.
 */
class LinesTrainingTest {
  private static final int WINDOW = 5;
  private static final int LINE_END = LineModel.WORDS.lineEnd();

  @TempDir Path folder;

  /** What PyTorch computed for one window of one line. */
  private record Alone(int targets, double loss, Map<String, double[]> gradients) {}

  /** The windows of the fixture, by the number of the window in its line and the tokens read. */
  private static Map<List<Integer>, Alone> windows(LineModel model) {
    Map<List<Integer>, Alone> found = new HashMap<>();
    double[] line = model.expected("window.line");
    double[] from = model.expected("window.from");
    double[] targets = model.expected("window.targets");
    double[] loss = model.expected("window.loss");
    for (int w = 0; w < line.length; w++) {
      Map<String, double[]> gradients = new HashMap<>();
      for (Parameter parameter : model.network().parameters().all()) {
        double[] all = model.expected("gradient." + parameter.name());
        int size = (int) parameter.value().size();
        gradients.put(parameter.name(), Arrays.copyOfRange(all, w * size, (w + 1) * size));
      }
      String text = model.lines().get((int) line[w]);
      List<Integer> ids = new ArrayList<>(List.of(LINE_END));
      for (String word : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
        ids.add(LineModel.WORDS.id(word));
      }
      ids.add(LINE_END);
      List<Integer> key = new ArrayList<>(List.of((int) from[w] / WINDOW));
      key.addAll(ids.subList((int) from[w], (int) (from[w] + targets[w]) + 1));
      found.put(key, new Alone((int) targets[w], loss[w], gradients));
    }
    assertThat(found).hasSize(line.length);
    return found;
  }

  private static RunPlan plan(int batch) {
    Recipe recipe =
        Recipe.defaults().batch(batch).bptt(WINDOW).seed(5).recipe(TrainingDefaults.LANGUAGE_MODEL);
    return new RunPlan(recipe, new RunLength(1.0, null, null), new Cadence(0, 1, 0), null);
  }

  @ParameterizedTest
  @CsvSource({
    "reference, 1, 1e-12",
    "reference, 3, 1e-12",
    "reference, 100, 1e-12",
    "cpu, 1, 1e-5",
    "cpu, 4, 1e-5"
  })
  void aWindowHasTheSumOfItsLinesAlone(String device, int batch, double tolerance) {
    try (LineModel model = LineModel.open("lines-training.safetensors", device, true)) {
      Map<List<Integer>, Alone> alone = windows(model);
      ModelFiles files = ModelFiles.aside(folder, ModelKind.LANGUAGE_MODEL);
      CorpusSpec spec = CorpusSpec.of(LineModel.WORDS).withUnit(TextUnit.LINE);
      LanguageModelTask task =
          LanguageModelTask.begin(
              new CorpusBuilder.Input(spec, model.text(model.lines()), null, (read, total) -> {}),
              model.network().config(),
              LanguageModelTask.InitialWeights.DRAWN,
              Segmentation.LINES);
      task.describe(files);
      Backend backend = model.backend();
      int seen = 0;
      try (LanguageModelNetwork network = task.create(files, backend);
          TrainingTask steps = task.steps(network, files, plan(batch));
          TokenFile tokens = files.tokens(CorpusBuilder.TRAIN);
          SequenceBatches same = batches(tokens, batch)) {
        model.upload(network);
        Tensor lossSum = backend.allocate(1);
        int[] number = {0}; // of the window in its lines
        for (long step = 0; step < 2 * steps.stepsPerEpoch(); step++) {
          backend.fill(network.parameters().gradients(), 0);
          int scored = steps.prepare(step, new RandomKey(5, step));
          steps.compute(lossSum);
          steps.advance();
          List<Alone> rows = rows(same, step, number, alone);
          seen += rows.size();
          assertThat(scored).isEqualTo(rows.stream().mapToInt(Alone::targets).sum());
          double loss = rows.stream().mapToDouble(Alone::loss).sum();
          assertThat(download(backend, lossSum)[0]).isCloseTo(loss, within(scored * tolerance));
          check(network, rows, scored, tolerance);
        }
        lossSum.storage().close();
      }
      assertThat(seen).as("every window of every line, in both epochs").isEqualTo(2 * alone.size());
    }
  }

  private static SequenceBatches batches(TokenFile tokens, int batch) {
    return new SequenceBatches(
        SequenceIndex.of(tokens, Segmentation.LINES, LINE_END),
        batch,
        WINDOW,
        SoftmaxOutput.IGNORE,
        5);
  }

  /** Finds what PyTorch computed for each row of a window. */
  private static List<Alone> rows(
      SequenceBatches batches, long step, int[] number, Map<List<Integer>, Alone> alone) {
    long epoch = step / batches.windows();
    long place = step % batches.windows();
    int[] inputs = new int[batches.rows() * batches.longest()];
    int[] targets = new int[inputs.length];
    batches.fill(epoch, place, inputs, targets);
    number[0] = batches.begins(epoch, place) ? 0 : number[0] + 1;
    List<Alone> rows = new ArrayList<>();
    for (int b = 0; b < batches.rows(); b++) {
      List<Integer> key = new ArrayList<>(List.of(number[0]));
      for (int t = 0; t < batches.stepsOf(epoch, place); t++) {
        int at = t * batches.rows() + b;
        if (targets[at] != SoftmaxOutput.IGNORE) {
          key.add(inputs[at]);
          if (t + 1 == batches.stepsOf(epoch, place)
              || targets[at + batches.rows()] == SoftmaxOutput.IGNORE) {
            key.add(targets[at]);
          }
        }
      }
      if (key.size() > 1) {
        rows.add(Objects.requireNonNull(alone.get(key), () -> "no such window: " + key));
      }
    }
    return rows;
  }

  private static double[] download(Backend backend, Tensor tensor) {
    try (HostStorage storage = new HostStorage(tensor.size() * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, tensor.shape(), DType.F64);
      backend.download(tensor, host);
      return host.toArray();
    }
  }

  private static void check(
      LanguageModelNetwork network, List<Alone> rows, int scored, double tolerance) {
    for (Parameter parameter : network.parameters().all()) {
      double[] expected = new double[(int) parameter.value().size()];
      for (Alone row : rows) {
        double[] gradient = Objects.requireNonNull(row.gradients.get(parameter.name()));
        for (int i = 0; i < expected.length; i++) {
          expected[i] += gradient[i] * row.targets / scored;
        }
      }
      double[] own = download(network.backend(), parameter.gradient());
      for (int i = 0; i < expected.length; i++) {
        assertThat(own[i])
            .as(parameter.name() + " " + i)
            .isCloseTo(expected[i], within(tolerance * 3));
      }
    }
  }

  /** Random tokens in place of padding change no bit of losses, gradients and further states. */
  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void paddingChangesNoBit(String device) {
    String text =
        String.join(
            "\n",
            IntStream.range(0, 40)
                .mapToObj(i -> "w1 w2 w3 w4 w5 w6 w7 w8 w0 w2 w4".substring(0, 2 + 3 * (i % 11)))
                .toList());
    for (Cell cell : Cell.values()) {
      LanguageModelConfig config = new LanguageModelConfig(cell, 11, 12, 12, 2, 0.2, false);
      try (Backend backend = Backends.open(device, new BackendOptions(2));
          LanguageModelNetwork model = new LanguageModelNetwork(backend, config, true);
          TokenFile tokens =
              CorpusBuilder.encode(
                  LineModel.WORDS,
                  Sources.of(
                      List.of("-"),
                      new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))),
                  (read, total) -> {});
          SequenceBatches batches = batches(tokens, 7)) {
        model.initialize(new Initialization(0.5, 1), 3);
        double[] zeros = train(model, batches, null);
        double[] random = train(model, batches, new Random(2));
        assertThat(random).as(cell.label()).isEqualTo(zeros);
      }
    }
  }

  /** Returns losses and gradients of an epoch, with random tokens in place of padding. */
  private static double[] train(
      LanguageModelNetwork model, SequenceBatches batches, @Nullable Random padding) {
    Backend backend = model.backend();
    List<double[]> found = new ArrayList<>();
    int[] inputs = new int[batches.rows() * batches.longest()];
    int[] targets = new int[inputs.length];
    int padded = 0;
    try (CarriedState state = model.newState(batches.rows())) {
      for (long w = 0; w < batches.windows(); w++) {
        if (batches.begins(0, w)) {
          state.reset();
        }
        int scored = batches.fill(0, w, inputs, targets);
        int size = batches.stepsOf(0, w) * batches.rows();
        for (int i = 0; i < size; i++) {
          if (targets[i] == SoftmaxOutput.IGNORE) {
            padded++;
            inputs[i] = padding == null ? inputs[i] : padding.nextInt(11);
          }
        }
        backend.fill(model.parameters().gradients(), 0);
        try (Window window = model.window(batches.stepsOf(0, w), batches.rows(), true)) {
          window.load(inputs, targets);
          window.train(state, new RandomKey(1, w), scored);
          found.add(download(backend, window.losses()));
          found.add(download(backend, model.parameters().gradients()));
        }
        state.advance();
      }
    }
    assertThat(padded).isPositive();
    return found.stream().flatMapToDouble(Arrays::stream).map(d -> d + 0.0).toArray();
  }
}
