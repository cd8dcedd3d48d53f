package org.lm4j.task.lm.adapt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.BackendException;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.text.token.CorpusStats;
import org.lm4j.text.token.TokenFile;
import org.lm4j.text.token.TokenSequence;

/**
 * Chooses the settings of an {@link Adaptation} on a validation text, and leaves off what makes it
 * no more likely.
 *
 * <p>First the learning rate and the decay of dynamic evaluation, on the first 20,000 tokens:
 * beginning with the published values, each is doubled or halved while that helps. Then the text is
 * read once; temperature, windows and theta are chosen from small grids, the weights of the mixture
 * by expectation maximization.
 */
public final class Tuning {
  private static final int SEARCHED = 20_000; // tokens for dynamic evaluation
  private static final int MOST = 500_000; // tokens at all
  private static final int MOST_DOUBLINGS = 6;
  private static final double GAIN = 1e-5; // nats: what is worth a part

  /** The first is none. */
  private static final double[] TEMPERATURES = {1, 0.85, 0.9, 0.95, 1.05, 1.1, 1.15, 1.2, 1.3};

  private static final int[] WINDOWS = {100, 500, 1000, 2000, 4000};
  private static final double[] THETAS = {0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1};
  private static final int ROWS = 1024;

  private final ScoringModel main;
  private final List<ScoringModel> others;
  private final Wanted wanted;
  private final AdaptedModel.Statistics statistics;
  private final Listener listener;

  /** Receives the progress. */
  public interface Listener {
    /** Reports that {@code done} of {@code total} parts of a pass are done. */
    void progress(String pass, long done, long total);

    /** Reports what was measured with some settings. */
    void measured(String settings, double loss);
  }

  /**
   * What was chosen.
   *
   * @param adaptation the settings; what did not help is left off
   * @param before mean loss of the validation text without any, in nats
   * @param loss mean loss with them, in nats
   * @param tokens number of tokens that were scored
   */
  public record Result(Adaptation adaptation, double before, double loss, long tokens) {}

  private Tuning(
      ScoringModel main,
      List<ScoringModel> others,
      Wanted wanted,
      AdaptedModel.Statistics statistics,
      Listener listener) {
    this.main = main;
    this.others = others;
    this.wanted = wanted;
    this.statistics = statistics;
    this.listener = listener;
  }

  /**
   * Chooses the settings that {@code wanted} leaves open.
   *
   * @param main the model that adapts
   * @param others as many as {@code wanted.mix()}, in its order
   * @param training opens the text that the model was trained on, for {@link Adaptation.Rule#RMS};
   *     the text is closed
   * @param validation text, of which at most 500,000 tokens count
   * @throws InputException if models differ in their vocabularies, a network is needed, or the text
   *     is too short
   */
  public static Result choose(
      ScoringModel main,
      List<ScoringModel> others,
      Wanted wanted,
      Supplier<TokenFile> training,
      TokenSequence validation,
      Listener listener) {
    if (validation.size() < 2) {
      throw new InputException(
          "the validation text has fewer than two tokens that the model knows.");
    }
    AdaptedModel.Statistics statistics =
        new AdaptedModel.Statistics(
            training, (done, total) -> listener.progress("gradients in training", done, total));
    Tuning tuning = new Tuning(main, others, wanted, statistics, listener);
    tuning.with(wanted.defaults()); // checks the models
    return tuning.choose(new Beginning(validation, MOST));
  }

  private AdaptedModel with(Adaptation adaptation) {
    return new AdaptedModel(main, others, adaptation, statistics);
  }

  private Result choose(TokenSequence text) {
    Adaptation.@Nullable Dynamic dynamic = dynamic(new Beginning(text, SEARCHED));
    Grid grid = read(text, dynamic);
    Result result = grid.choose(wanted, dynamic);
    if (dynamic == null) {
      return result;
    }
    Grid static_ = read(text, null);
    Result without = static_.choose(wanted, null);
    if (result.loss < without.loss - GAIN) {
      return new Result(result.adaptation, static_.before(), result.loss, result.tokens);
    }
    return without;
  }

  // --- Dynamic evaluation -----------------------------------------------------------------------

  private Adaptation.@Nullable Dynamic dynamic(TokenSequence text) {
    Wanted.DynamicWanted open = wanted.dynamic();
    if (open == null) {
      return null;
    }
    Adaptation.Dynamic begun = open.defaults();
    if (open.learningRate() != null && open.decay() != null) {
      return begun;
    }
    Measured best = new Measured(begun, measure(text, begun));
    if (open.learningRate() == null) {
      best = search(text, best, 2, (d, factor) -> d.withLearningRate(d.learningRate() * factor));
    }
    if (open.decay() == null) {
      best = search(text, best, 0.5, (d, factor) -> d.withDecay(d.decay() * factor));
    }
    return best.dynamic;
  }

  /** Settings and their loss. */
  private record Measured(Adaptation.Dynamic dynamic, double loss) {}

  /**
   * Changes one setting by the same factor as long as that helps, and else in the other direction.
   */
  private Measured search(
      TokenSequence text,
      Measured begun,
      double factor,
      BiFunction<Adaptation.Dynamic, Double, Adaptation.Dynamic> change) {
    Measured best = walk(text, begun, dynamic -> change.apply(dynamic, factor));
    return best.loss < begun.loss
        ? best
        : walk(text, begun, dynamic -> change.apply(dynamic, 1 / factor));
  }

  private Measured walk(
      TokenSequence text, Measured begun, UnaryOperator<Adaptation.Dynamic> change) {
    Measured best = begun;
    for (int i = 0; i < MOST_DOUBLINGS; i++) {
      Adaptation.Dynamic next = change.apply(best.dynamic);
      double loss = measure(text, next);
      if (!(loss < best.loss)) {
        break;
      }
      best = new Measured(next, loss);
    }
    return best;
  }

  /** Returns the mean loss with dynamic evaluation alone; infinity where it diverges. */
  private double measure(TokenSequence text, Adaptation.Dynamic dynamic) {
    String settings = words(dynamic);
    AdaptedModel model =
        new AdaptedModel(main, List.of(), Adaptation.NONE.withDynamic(dynamic), statistics);
    double loss;
    try {
      loss =
          model
              .score(text, 1, null, (done, total) -> listener.progress(settings, done, total))
              .loss();
    } catch (BackendException e) { // a loss that is not finite: the steps were too large
      loss = Double.POSITIVE_INFINITY;
    }
    listener.measured(settings, loss);
    return loss;
  }

  private static String words(Adaptation.Dynamic dynamic) {
    return String.format(
        Locale.ROOT,
        "dynamic evaluation, learning rate %.4g, decay %.4g",
        dynamic.learningRate(),
        dynamic.decay());
  }

  // --- Everything else, in one pass -------------------------------------------------------------

  private Grid read(TokenSequence text, Adaptation.@Nullable Dynamic dynamic) {
    int tokens = (int) text.size() - 1;
    Double temperature = wanted.temperature();
    boolean network = main instanceof LanguageModel;
    double[] temperatures =
        !network
            ? new double[] {1}
            : temperature == null ? TEMPERATURES : new double[] {1, temperature};
    int[] unigramWindows = windows(wanted.unigram());
    int[] neuralWindows = windows(wanted.neural());
    Wanted.CacheWanted neural = wanted.neural();
    double[] thetas =
        neural == null
            ? new double[0]
            : neural.theta() != null ? new double[] {neural.theta()} : THETAS;
    Collected collected =
        new Collected(
            temperatures, neuralWindows, thetas, network ? main.vocabulary().size() : 0, tokens);
    Grid grid = new Grid(temperatures, unigramWindows, neuralWindows, thetas, collected);
    int components = 1 + unigramWindows.length + others.size();
    double[][] logs = new double[components][tokens];
    List<Component> list = new ArrayList<>();
    int rows = dynamic == null ? ROWS : dynamic.segment() * Math.max(1, ROWS / dynamic.segment());
    try {
      list.add(mainComponent(dynamic, collected, neuralWindows, rows));
      int next = 1;
      for (int window : unigramWindows) {
        list.add(new UnigramCache(main.vocabulary().size(), window, next++));
      }
      for (ScoringModel other : others) {
        list.add(AdaptedModel.component(other, next++, rows));
      }
    } catch (RuntimeException | Error e) {
      list.forEach(Component::close);
      throw e;
    }
    String pass = dynamic == null ? "validation text" : "validation text, with dynamic evaluation";
    double[] equal = new double[components];
    Arrays.fill(equal, 1.0 / components);
    try (Reader reader = new Reader(list, new Chunk(equal, rows, 0))) {
      new StreamScores(text, rows)
          .read(
              reader,
              (index, chunk, row) -> {
                for (int k = 0; k < components; k++) {
                  logs[k][(int) index - 1] = chunk.log(k, row);
                }
              },
              first -> collected.begin((int) first),
              (done, total) -> listener.progress(pass, done, total));
    }
    grid.take(logs, network);
    return grid;
  }

  private Component mainComponent(
      Adaptation.@Nullable Dynamic dynamic, Collected collected, int[] windows, int rows) {
    if (!(main instanceof LanguageModel model)) {
      return new CursorComponent(main, 0);
    }
    LanguageModelNetwork of = model.network();
    NetworkComponent network =
        dynamic == null
            ? new NetworkComponent(of, 0, 1, rows)
            : new NetworkComponent(statistics.adaptive(of, dynamic), dynamic, 0, 1, rows);
    NeuralCache states =
        windows.length == 0
            ? null
            : new NeuralCache(of.backend(), of.config().hidden(), windows[windows.length - 1]);
    network.probe(states, collected);
    return network;
  }

  private static int[] windows(Wanted.@Nullable CacheWanted cache) {
    if (cache == null) {
      return new int[0];
    }
    Integer window = cache.window();
    return window == null ? WINDOWS : new int[] {window};
  }

  /** The first tokens of a text. */
  private record Beginning(TokenSequence whole, long most) implements TokenSequence {
    @Override
    public long size() {
      return Math.min(whole.size(), most);
    }

    @Override
    public boolean isOov(long index) {
      return whole.isOov(index);
    }

    @Override
    public void copy(long from, int count, int[] target, int at) {
      Objects.checkFromIndexSize(from, count, size());
      whole.copy(from, count, target, at);
    }

    @Override
    public CorpusStats stats() {
      return whole.stats();
    }
  }
}
