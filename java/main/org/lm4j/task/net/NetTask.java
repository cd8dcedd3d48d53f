package org.lm4j.task.net;

import java.util.stream.IntStream;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.Workspaces;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunPlan;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.batch.BatchTask;

/**
 * The task of classifying pictures with a two-layer net, learned from pictures whose classes are
 * known.
 */
public final class NetTask implements Task<TwoLayerNet> {
  private final NetConfig config;
  private final ImageSplit data;
  private final BatchTask.Data known;

  /**
   * Creates the task of a net for these pictures.
   *
   * @param config of a new run; one that is resumed has its own
   */
  public NetTask(NetConfig config, ImageSplit data) {
    this.config = config;
    this.data = data;
    this.known = data.known();
  }

  @Override
  public ModelKind kind() {
    return ModelKind.NET;
  }

  @Override
  public void describe(ModelFiles files) {
    files.saveConfig(config);
  }

  @Override
  public TwoLayerNet create(ModelFiles files, Backend backend) {
    return new TwoLayerNet(backend, files.config(NetConfig.class), true);
  }

  @Override
  public void initialize(TwoLayerNet model, ModelFiles files, long seed) {
    model.initialize(seed);
  }

  @Override
  public TrainingTask steps(TwoLayerNet model, ModelFiles files, RunPlan plan) {
    return new Steps(model, plan.recipe());
  }

  private final class Steps extends BatchTask {
    private final TwoLayerNet net;
    private final int[] training = data.training();
    private final ImageLoader loader;
    private final Workspaces<Integer, TwoLayerNet.Batch> batches; // by rows: B, and a last one

    Steps(TwoLayerNet net, Recipe recipe) {
      super(net, ModelKind.NET, recipe, known, new Examples(data.training().length));
      this.net = net;
      this.loader = new ImageLoader(net, data.images());
      this.batches = new Workspaces<>(net::batch, TwoLayerNet.Batch::close);
    }

    @Override
    protected void compute(int[] batch, RandomKey randomness, Tensor lossSum) {
      TwoLayerNet.Batch run = batches.of(batch.length);
      loader.load(IntStream.of(batch).map(place -> training[place]).toArray(), run);
      run.train(randomness, lossSum);
    }

    @Override
    protected Validation score() {
      return NetScorer.score(net, data.images(), data.validation(), (i, actual, predicted) -> {});
    }

    @Override
    public void close() {
      batches.close();
      loader.close();
    }
  }
}
