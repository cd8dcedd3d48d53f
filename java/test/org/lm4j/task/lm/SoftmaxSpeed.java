package org.lm4j.task.lm;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.Precision;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.nn.softmax.Clusters;
import org.lm4j.optim.Clipping;
import org.lm4j.optim.Optimizer;

/**
 * Measures steps of training with full, adaptive and sampled softmax in turn, by the time of the
 * processor that the whole process takes, all its threads together: other programs that share the
 * machine hardly disturb that.
 *
 * <pre>
 *   java … org.lm4j.task.lm.SoftmaxSpeed TEXT WORDS HIDDEN ROUNDS sgd|adagrad|adam [bf16]
 * </pre>
 */
public final class SoftmaxSpeed {
  private static final int STEPS = 35;
  private static final int BATCH = 20;
  private static final int SHORT_STEPS = 5; // of each round, but for full softmax

  private SoftmaxSpeed() {}

  /** One way to train. */
  private static final class Side implements AutoCloseable {
    final String name;
    final LanguageModelNetwork model;
    final Window window;
    final CarriedState state;
    final LargeVocabulary large;
    final Optimizer optimizer;
    final List<Double> seconds = new ArrayList<>();
    long step;

    Side(Backend backend, LanguageModelConfig config, long[] counts, UpdateRule rule) {
      this.name = config.output().softmax().label();
      this.model = new LanguageModelNetwork(backend, config, true);
      model.initialize(Initialization.DEFAULT, 1);
      this.large = LargeVocabulary.of(config, counts);
      boolean full = config.output().softmax() == OutputConfig.Softmax.FULL;
      if (!full) {
        model.train(large);
      }
      this.window = model.window(STEPS, BATCH, true);
      this.state = model.newState(BATCH);
      this.optimizer =
          new Optimizer(
              backend,
              model.parameters(),
              rule,
              new Clipping(0.25, Double.POSITIVE_INFINITY),
              full ? null : large.gradient(model.parameters()));
    }

    void step(int[] text) {
      int[] inputs = new int[STEPS * BATCH];
      int[] targets = new int[inputs.length];
      int part = text.length / BATCH;
      for (int i = 0; i < inputs.length; i++) {
        int at = (int) (i % BATCH * (long) part + (step * STEPS + i / BATCH) % (part - 1));
        inputs[i] = text[at];
        targets[i] = text[at + 1];
      }
      double before = processorSeconds();
      large.clear();
      window.load(inputs, targets);
      window.train(state, new RandomKey(1, step++), inputs.length);
      optimizer.step(0.1);
      state.advance();
      seconds.add(processorSeconds() - before);
    }

    double median() {
      List<Double> sorted = new ArrayList<>(seconds.subList(seconds.size() / 3, seconds.size()));
      Collections.sort(sorted);
      return sorted.get(sorted.size() / 2);
    }

    @Override
    public void close() {
      window.close();
      state.close();
      optimizer.close();
      model.close();
    }
  }

  private static double processorSeconds() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e9;
  }

  /** Runs the measurement. */
  public static void main(String[] args) throws IOException {
    int words = Integer.parseInt(args[1]);
    int hidden = Integer.parseInt(args[2]);
    int rounds = Integer.parseInt(args[3]);
    UpdateRule rule =
        switch (args[4]) {
          case "sgd" -> new UpdateRule.Sgd(0, false, 0);
          case "adagrad" -> new UpdateRule.AdaGrad(1e-10, 0);
          default -> new UpdateRule.Adam(0.9, 0.999, 1e-8, 0, false);
        };
    long[] counts = new long[words];
    int[] text = ids(Path.of(args[0]), counts);
    LanguageModelConfig base =
        new LanguageModelConfig(Cell.LSTM, words, hidden, hidden, 1, 0, false);
    List<Integer> cutoffs = Clusters.choose(counts, hidden, OutputConfig.DIVISOR).cutoffs();
    BackendOptions options =
        new BackendOptions(2, args.length > 5 ? Precision.BF16 : Precision.FP32, null);
    try (Backend backend = Backends.open("cpu", options);
        Side full = new Side(backend, base, counts, rule);
        Side adaptive =
            new Side(
                backend,
                base.withOutput(OutputConfig.adaptive(cutoffs, OutputConfig.DIVISOR)),
                counts,
                rule);
        Side sampled =
            new Side(
                backend,
                base.withOutput(OutputConfig.sampled(OutputConfig.SAMPLES, false)),
                counts,
                rule)) {
      System.out.println(backend.description() + ", clusters from " + cutoffs);
      for (int round = 0; round < rounds; round++) {
        full.step(text);
        for (int i = 0; i < SHORT_STEPS; i++) {
          adaptive.step(text);
          sampled.step(text);
        }
      }
      long perEpoch = text.length / (STEPS * BATCH);
      for (Side side : List.of(full, adaptive, sampled)) {
        System.out.printf(
            "%-9s %.3f s of processor time per step, %.0f s per epoch of %,d steps, %.1f times as fast%n",
            side.name,
            side.median(),
            side.median() * perEpoch,
            perEpoch,
            full.median() / side.median());
      }
    }
  }

  /** Returns a text as ids by falling frequency, and their counts; rarer words are the last one. */
  private static int[] ids(Path text, long[] counts) throws IOException {
    Map<String, Integer> found = new HashMap<>();
    String[] tokens;
    try (Stream<String> lines = Files.lines(text)) {
      tokens =
          lines
              .flatMap(
                  line -> Stream.concat(Arrays.stream(line.split(" ", -1)), Stream.of("<eos>")))
              .filter(word -> !word.isEmpty())
              .toArray(String[]::new);
    }
    for (String token : tokens) {
      found.merge(token, 1, Integer::sum);
    }
    List<String> sorted = new ArrayList<>(found.keySet());
    sorted.sort((a, b) -> found.getOrDefault(b, 0) - found.getOrDefault(a, 0));
    Map<String, Integer> ids = new HashMap<>();
    for (int i = 0; i < sorted.size(); i++) {
      ids.put(sorted.get(i), Math.min(i, counts.length - 1));
    }
    int[] all = new int[tokens.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = ids.getOrDefault(tokens[i], counts.length - 1);
      counts[all[i]]++;
    }
    return all;
  }
}
