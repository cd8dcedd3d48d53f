package org.lm4j.task.seq2seq;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.Workspaces;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Level;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunPlan;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.batch.BatchTask;

/**
 * The task of translating lines, learned from pairs. The loss is the mean over the tokens of
 * targets, ends included.
 */
public final class Seq2SeqTask implements Task<Seq2SeqNetwork> {
  private final Seq2SeqConfig config;
  private final Seq2SeqTokens tokens;
  private final Seq2SeqData training;
  private final @Nullable Seq2SeqData validation;
  private final BatchTask.Data known;

  private Seq2SeqTask(Seq2SeqConfig config, Seq2SeqTokens tokens, Seq2SeqData.Split pairs) {
    this.config = config;
    this.tokens = tokens;
    this.training = new Seq2SeqData(pairs.name(), pairs.training(), tokens);
    this.validation =
        pairs.validation().isEmpty()
            ? null
            : new Seq2SeqData(pairs.name(), pairs.validation(), tokens);
    this.known = training.known(validation);
  }

  /**
   * Returns the task of a new translator, which knows the tokens of the training pairs.
   *
   * @param config the configuration, whose vocabulary sizes are replaced by those of the pairs
   * @param minCount the number of times a token must occur; rarer ones are unknown
   * @throws InputException if there are too many weights
   */
  public static Seq2SeqTask begin(Seq2SeqData.Split pairs, Seq2SeqConfig config, int minCount) {
    Seq2SeqTokens tokens =
        new Seq2SeqTokens(
            side(config.sides().sourceLevel(), pairs.training(), Pair::source, minCount),
            side(config.sides().targetLevel(), pairs.training(), Pair::target, minCount));
    try {
      return new Seq2SeqTask(config.sized(tokens), tokens, pairs);
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }

  private static Seq2SeqTokens.Side side(
      String level, List<Pair> pairs, Function<Pair, String> line, int minCount) {
    return Seq2SeqTokens.Side.build(Level.of(level), pairs.stream().map(line).toList(), minCount);
  }

  /**
   * Returns the task of a run in a folder that is to be resumed.
   *
   * @throws InputException if the folder is damaged
   */
  public static Seq2SeqTask resume(ModelFiles files, Seq2SeqData.Split pairs) {
    return new Seq2SeqTask(files.config(Seq2SeqConfig.class), Seq2SeqTokens.read(files), pairs);
  }

  /** Returns the tokens of both sides. */
  public Seq2SeqTokens tokens() {
    return tokens;
  }

  /** Returns the training pairs. */
  public Seq2SeqData training() {
    return training;
  }

  @Override
  public ModelKind kind() {
    return ModelKind.TRANSLATOR;
  }

  @Override
  public void describe(ModelFiles files) {
    tokens.save(files);
    files.saveConfig(config);
  }

  @Override
  public Seq2SeqNetwork create(ModelFiles files, Backend backend) {
    return new Seq2SeqNetwork(backend, files.config(Seq2SeqConfig.class), true);
  }

  @Override
  public void initialize(Seq2SeqNetwork model, ModelFiles files, long seed) {
    model.initialize(seed);
  }

  @Override
  public TrainingTask steps(Seq2SeqNetwork model, ModelFiles files, RunPlan plan) {
    return new Steps(model, plan.recipe());
  }

  private final class Steps extends BatchTask {
    private final int rows;
    private final Workspaces<Seq2SeqBatch.Extent, Seq2SeqBatch> batches;
    private final Workspaces<Seq2SeqBatch.Extent, Seq2SeqBatch> validating; // without dropout

    private @Nullable Seq2SeqBatch prepared;

    Steps(Seq2SeqNetwork translator, Recipe recipe) {
      super(
          translator,
          ModelKind.TRANSLATOR,
          recipe,
          known,
          new Examples(training.count(), training::length));
      this.rows = Math.min(recipe.batch(), training.count());
      this.batches = translator.batches(true);
      this.validating = translator.batches(false);
    }

    @Override
    protected int prepare(int[] batch, RandomKey randomness) {
      int[][] sources = training.sources(batch);
      int[][] targets = training.targets(batch);
      prepared = batches.of(Seq2SeqBatch.Extent.of(sources, targets, rows));
      return prepared.load(sources, targets);
    }

    @Override
    protected void compute(int[] batch, RandomKey randomness, Tensor lossSum) {
      Objects.requireNonNull(prepared).train(randomness, lossSum);
    }

    @Override
    protected Validation score() {
      return Seq2SeqScorer.score(backend(), validating, rows, Objects.requireNonNull(validation));
    }

    @Override
    public void close() {
      batches.close();
      validating.close();
    }
  }
}
