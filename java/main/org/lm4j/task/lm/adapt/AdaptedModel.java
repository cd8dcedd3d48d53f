package org.lm4j.task.lm.adapt;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.line.LineScorer;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.TokenFile;
import org.lm4j.text.token.TokenSequence;

/**
 * A model that adapts to the text it scores, or a mixture of several: see {@link Adaptation} for
 * the parts and their order.
 *
 * <p>Every token is scored before anything is learnt from it. Caches and dynamic evaluation begin
 * anew with each text, and with each scorer of lines; within it they learn from line to line, also
 * where the state is reset between lines, so that the order of the lines matters. The models
 * themselves never change: what learns is a copy.
 */
public final class AdaptedModel implements ScoringModel {
  private static final int ROWS = 1024; // of a chunk
  private static final int WHOLE_ROWS = 32; // of a chunk that keeps distributions

  private final ScoringModel main;
  private final List<ScoringModel> others;
  private final Adaptation adaptation;
  private final Statistics statistics;

  /**
   * Creates an adapted model.
   *
   * @param main the model that adapts; closed with this one
   * @param others as many as {@code adaptation.mix()}, in its order; closed with this one
   * @param training opens the text that the model was trained on, for {@link Adaptation.Rule#RMS};
   *     the text is closed
   * @throws InputException if models differ in their vocabularies, or {@code adaptation} needs a
   *     recurrent network and {@code main} has none
   */
  public AdaptedModel(
      ScoringModel main,
      List<ScoringModel> others,
      Adaptation adaptation,
      Supplier<TokenFile> training) {
    this(main, others, adaptation, new Statistics(training, null));
  }

  AdaptedModel(
      ScoringModel main, List<ScoringModel> others, Adaptation adaptation, Statistics statistics) {
    if (others.size() != adaptation.mix().size()) {
      throw new IllegalArgumentException(
          "%d other models for %d parts of a mixture"
              .formatted(others.size(), adaptation.mix().size()));
    }
    for (int i = 0; i < others.size(); i++) {
      requireSame(main.vocabulary(), others.get(i).vocabulary(), adaptation.mix().get(i).model());
    }
    if (adaptation.needsNetwork() && !(main instanceof LanguageModel)) {
      throw new InputException(
          "temperature, neural cache and dynamic evaluation need a recurrent network, which the"
              + " model is not.");
    }
    this.main = main;
    this.others = List.copyOf(others);
    this.adaptation = adaptation;
    this.statistics = statistics;
  }

  /**
   * Opens the model in a folder, of whatever kind it is, with an adaptation and the models that it
   * mixes in, whose folders it names. {@link Adaptation.Rule#RMS} measures the training text in the
   * model's folder.
   *
   * @param backend computes networks; the caller closes it after the model
   * @throws InputException if a folder holds no model that predicts text, or models and adaptation
   *     do not go together
   */
  public static AdaptedModel open(Path folder, Adaptation adaptation, Backend backend) {
    List<ScoringModel> opened = new ArrayList<>();
    try {
      opened.add(ScoringModel.open(folder, backend));
      for (Adaptation.Part part : adaptation.mix()) {
        opened.add(ScoringModel.open(Path.of(part.model()), backend));
      }
      List<ScoringModel> others = opened.subList(1, opened.size());
      return new AdaptedModel(opened.getFirst(), others, adaptation, () -> training(folder));
    } catch (RuntimeException | Error e) {
      opened.forEach(ScoringModel::close);
      throw e;
    }
  }

  private static TokenFile training(Path folder) {
    ModelFiles files = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
    if (!files.hasTokens(CorpusBuilder.TRAIN)) {
      throw new InputException(
          folder + " has no training text, whose gradients dynamic evaluation by rms measures");
    }
    return files.tokens(CorpusBuilder.TRAIN);
  }

  /** The roots of the mean squares of the gradients in training, computed when first needed. */
  static final class Statistics {
    private final Supplier<TokenFile> training;
    private final Evaluator.@Nullable ProgressListener progress;
    private double @Nullable [] roots;
    private double mean;
    private int segment;

    Statistics(Supplier<TokenFile> training, Evaluator.@Nullable ProgressListener progress) {
      this.training = training;
      this.progress = progress;
    }

    /** Returns a copy of a network that learns, which the caller closes. */
    AdaptiveNetwork adaptive(LanguageModelNetwork network, Adaptation.Dynamic dynamic) {
      AdaptiveNetwork copy = new AdaptiveNetwork(network);
      try {
        if (dynamic.rule() == Adaptation.Rule.RMS) {
          fill(copy, dynamic.segment());
        }
        return copy;
      } catch (RuntimeException | Error e) {
        copy.close();
        throw e;
      }
    }

    /** Fills in the roots of a copy, and their mean. */
    private synchronized void fill(AdaptiveNetwork copy, int wanted) {
      double[] known = roots;
      Backend backend = copy.network().backend();
      if (known == null || segment != wanted) {
        try (TokenFile text = training.get()) {
          mean = GradientStatistics.compute(copy, text, wanted, progress);
        }
        roots = Flat.download(backend, copy.roots());
        segment = wanted;
      } else {
        Flat.upload(backend, known, copy.roots());
        copy.setMeanRoot(mean);
      }
    }
  }

  /** Requires that two models predict the same tokens in the same order. */
  static void requireSame(Vocabulary one, Vocabulary other, String name) {
    String difference = null;
    if (one.level() != other.level()) {
      difference =
          "the model predicts at %s level, %s at %s level"
              .formatted(one.level().label(), name, other.level().label());
    } else if (one.size() != other.size()) {
      difference =
          "the model has a vocabulary of %,d tokens, %s one of %,d"
              .formatted(one.size(), name, other.size());
    } else {
      for (int id = 0; id < one.size() && difference == null; id++) {
        if (!one.token(id).equals(other.token(id))) {
          difference =
              "token %d of the model is '%s', that of %s is '%s'"
                  .formatted(id, one.escaped(id), name, other.escaped(id));
        }
      }
    }
    if (difference != null) {
      throw new InputException("models of a mixture need the same vocabulary, but " + difference);
    }
  }

  @Override
  public Vocabulary vocabulary() {
    return main.vocabulary();
  }

  /** Returns whether it learns from what it scores: it has a cache or dynamic evaluation. */
  public boolean learns() {
    return adaptation.dynamic() != null
        || adaptation.unigramCache() != null
        || adaptation.neuralCache() != null;
  }

  /** Returns how the model adapts. */
  public Adaptation adaptation() {
    return adaptation;
  }

  ScoringModel main() {
    return main;
  }

  List<ScoringModel> others() {
    return others;
  }

  Statistics statistics() {
    return statistics;
  }

  /**
   * {@inheritDoc}
   *
   * @throws InputException if it has a cache or dynamic evaluation, which learn from tokens that
   *     are there
   */
  @Override
  public Cursor cursor() {
    if (learns()) {
      throw new InputException(
          "a model with a cache or dynamic evaluation scores a stream of text, or lines in their"
              + " order; it generates none.");
    }
    return new MixtureCursor(reader(1, true), vocabulary().size());
  }

  @Override
  public Evaluator.Score score(
      TokenSequence tokens,
      int streams,
      Evaluator.@Nullable TargetListener listener,
      Evaluator.@Nullable ProgressListener progress) {
    try (Reader reader = reader(ROWS, false)) {
      return new StreamScores(tokens, rows(ROWS)).score(reader, listener, progress);
    }
  }

  @Override
  public LineScorer lineScorer(LineScoring options) {
    return LineScorer.inOrder(() -> tokenReader(options.predictions()), vocabulary(), options);
  }

  /**
   * Returns a reader at the beginning of a text, for callers that have tokens in place of lines;
   * the caller closes it.
   *
   * @param predictions whether it gives the probabilities of all tokens too
   */
  public LineScorer.Reader tokenReader(boolean predictions) {
    return new AdaptedLines(reader(predictions ? WHOLE_ROWS : ROWS, predictions));
  }

  /** Returns the rows of a chunk: whole segments, since learning begins where one ends. */
  private int rows(int wanted) {
    Adaptation.Dynamic dynamic = adaptation.dynamic();
    return dynamic == null ? wanted : dynamic.segment() * Math.max(1, wanted / dynamic.segment());
  }

  /** Returns a reader at the beginning of a text, which the caller closes. */
  Reader reader(int wanted, boolean whole) {
    int rows = rows(wanted);
    List<Component> components = new ArrayList<>();
    try {
      int next = 1;
      Adaptation.UnigramCacheSettings unigram = adaptation.unigramCache();
      if (unigram != null) {
        components.add(new UnigramCache(vocabulary().size(), unigram.window(), next++));
      }
      Adaptation.NeuralCacheSettings neural = adaptation.neuralCache();
      Component model = mainComponent(rows);
      components.add(model);
      if (neural != null && model instanceof NetworkComponent network) {
        LanguageModelNetwork of = ((LanguageModel) main).network();
        NeuralCache cache = new NeuralCache(of.backend(), of.config().hidden(), neural.window());
        network.attach(cache, neural.theta(), next++);
      }
      for (int i = 0; i < others.size(); i++) {
        if (adaptation.mix().get(i).weight() > 0) {
          components.add(component(others.get(i), next + i, rows));
        }
      }
      int vocabulary = whole ? vocabulary().size() : 0;
      return new Reader(components, new Chunk(adaptation.weights(), rows, vocabulary));
    } catch (RuntimeException | Error e) {
      components.forEach(Component::close);
      throw e;
    }
  }

  private Component mainComponent(int rows) {
    Adaptation.Dynamic dynamic = adaptation.dynamic();
    if (main instanceof LanguageModel model) {
      if (dynamic == null) {
        return new NetworkComponent(model.network(), 0, adaptation.temperature(), rows);
      }
      return new NetworkComponent(
          statistics.adaptive(model.network(), dynamic),
          dynamic,
          0,
          adaptation.temperature(),
          rows);
    }
    return new CursorComponent(main, 0);
  }

  static Component component(ScoringModel model, int index, int rows) {
    return model instanceof LanguageModel network
        ? new NetworkComponent(network.network(), index, 1, rows)
        : new CursorComponent(model, index);
  }

  @Override
  public void close() {
    main.close();
    others.forEach(ScoringModel::close);
  }
}
