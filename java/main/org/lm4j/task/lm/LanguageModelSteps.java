package org.lm4j.task.lm;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.SparseGradient;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.Workspaces;
import org.lm4j.optim.Optimizer;
import org.lm4j.optim.WeightUpdate;
import org.lm4j.parallel.Communicator;
import org.lm4j.parallel.Share;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.token.TrainingWindows;
import org.lm4j.train.Origin;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunPlan;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;

/**
 * Truncated backpropagation through time (Williams and Peng, 1990): the text runs in {@code B}
 * streams, window after window of at most {@code T} steps; gradients stop at the window's edges,
 * the hidden state is carried over them. It is zero at an epoch's start and where independent lines
 * or documents begin.
 */
final class LanguageModelSteps implements TrainingTask {
  private static final String[] CARRIED = {"state.h", "state.c"};

  private final LanguageModelNetwork model;
  private final TrainingText text;
  private final @Nullable SampleTexts samples; // null for none
  private final TrainingWindows source;
  private final int validationStreams;
  private final int batch;
  private final CarriedState state;
  private final @Nullable SharedSteps shared; // null for a process that trains alone
  private final Workspaces<Integer, Window> windows; // by steps T
  private final @Nullable Tensor frozen; // the gradients of what stays as it is, or null
  private final @Nullable LargeVocabulary large; // null with full softmax
  private final int[] inputs;
  private final int[] targets;

  // Of the step that is prepared.
  private @Nullable Window window;
  private @Nullable RandomKey key;
  private int scored;

  /** Steps over a text, which is closed with them. */
  LanguageModelSteps(
      LanguageModelNetwork model,
      RunPlan plan,
      TrainingText text,
      Share share,
      @Nullable SampleTexts samples) {
    this.model = model;
    this.samples = samples;
    this.text = text;
    OutputConfig.Softmax softmax = model.config().output().softmax();
    if (softmax == OutputConfig.Softmax.FULL) {
      this.large = null;
    } else {
      this.large = LargeVocabulary.of(model.config(), text.training().counts());
      model.train(large);
    }
    this.shared =
        share.isWhole()
            ? null
            : new SharedSteps(model, text.windows(), share, large == null ? null : large.sampler());
    this.source = shared == null ? text.windows() : shared.windows();
    this.validationStreams = plan.cadence().validationStreams();
    this.batch = source.rows();
    this.state = shared == null ? model.newState(batch) : shared.state();
    this.windows = new Workspaces<>(steps -> model.window(steps, batch, true), Window::close);
    Origin origin = plan.origin();
    this.frozen =
        origin != null && origin.isFrozen()
            ? model.parameters().get(LanguageModelNetwork.ENCODER_WEIGHT).gradient()
            : null;
    if (frozen != null) {
      plan.recipe().requireNoDecay();
    }
    this.inputs = new int[batch * source.longest()];
    this.targets = new int[inputs.length];
  }

  @Override
  public Backend backend() {
    return model.backend();
  }

  @Override
  public Parameters parameters() {
    return model.parameters();
  }

  @Override
  public long stepsPerEpoch() {
    return source.windows();
  }

  @Override
  public long wordsPerEpoch() {
    return text.words();
  }

  @Override
  public String dataHash() {
    return text.training().hash();
  }

  @Override
  public @Nullable String validationHash() {
    return text.validationHash();
  }

  @Override
  public Unit counted() {
    return Unit.TOKENS;
  }

  @Override
  public String dataName() {
    return text.training().path().toString();
  }

  @Override
  public int prepare(long step, RandomKey randomKey) {
    long epoch = step / source.windows();
    long place = step % source.windows();
    if (source.begins(epoch, place)) {
      state.reset();
    }
    window = windows.of(source.stepsOf(epoch, place));
    key = shared == null ? randomKey : shared.key(randomKey);
    if (large != null) {
      large.clear();
    }
    scored = source.fill(epoch, place, inputs, targets);
    if (shared != null) {
      shared.prepare(randomKey);
    }
    return scored;
  }

  @Override
  public void compute(Tensor lossSum) {
    compute(lossSum, part -> {});
  }

  @Override
  public void compute(Tensor lossSum, Consumer<Tensor> done) {
    Window run = Objects.requireNonNull(window);
    run.load(inputs, targets);
    run.train(state, Objects.requireNonNull(key), scored, done);
    backend().sum(run.losses(), lossSum);
    if (frozen != null) {
      backend().fill(frozen, 0); // without weight decay no update moves what never had one
    }
  }

  @Override
  public WeightUpdate update(Recipe recipe) {
    SparseGradient gradient = null;
    if (shared != null) {
      gradient = shared.updated();
    } else if (large != null) {
      gradient = large.gradient(model.parameters());
    }
    return new Optimizer(
        backend(), parameters(), recipe.optimizer().rule(), recipe.clip().clipping(), gradient);
  }

  @Override
  public void advance() {
    state.advance();
  }

  @Override
  public Map<String, Tensor> carried() {
    Map<String, Tensor> named = new LinkedHashMap<>();
    List<Tensor> parts = shared == null ? state.parts() : shared.whole().parts();
    for (int i = 0; i < parts.size(); i++) {
      named.put(CARRIED[i], parts.get(i));
    }
    return named;
  }

  @Override
  public @Nullable SparseGradient exchanged() {
    return shared == null ? null : shared.gradient();
  }

  @Override
  public void collect(Communicator ranks) {
    if (shared != null) {
      shared.whole().collect(ranks);
    }
  }

  @Override
  public void distribute() {
    if (shared != null) {
      shared.whole().distribute();
    }
  }

  @Override
  public boolean validates() {
    return text.validates();
  }

  @Override
  public Validation validate() {
    Evaluator.Score score = text.validate(model, validationStreams);
    return new Validation(score.loss(), score.targets());
  }

  @Override
  public boolean generates() {
    return true;
  }

  @Override
  public List<String> sample(List<Double> temperatures) {
    if (samples == null) {
      throw new IllegalStateException("the plan has no samples");
    }
    return samples.texts(model, temperatures);
  }

  @Override
  public Validation validate(Communicator ranks) {
    Evaluator.Score score = text.validate(model, validationStreams, ranks);
    return new Validation(score.loss(), score.targets());
  }

  @Override
  public void saveWeights(Path into, @Nullable String unfinished) {
    ModelFiles.aside(into, ModelKind.LANGUAGE_MODEL).saveWeights(model, unfinished);
  }

  @Override
  public void close() {
    windows.close();
    if (shared != null) {
      shared.whole().close();
    }
    state.close();
    text.close();
  }
}
