package org.lm4j.task.net;

import java.util.List;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.SoleUse;
import org.lm4j.model.InitialWeights;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.Network;
import org.lm4j.nn.Affine;
import org.lm4j.nn.Dropout;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.Relu;
import org.lm4j.nn.WeightPenalty;
import org.lm4j.tensor.Tensor;

/**
 * A classifier with two affine layers, {@code scores = V dropout(max(0, W x + b)) + c}. Holds the
 * weights {@code hidden.weight (H, D)}, {@code hidden.bias (H)}, {@code output.weight (C, H)},
 * {@code output.bias (C)}; a {@link Batch} computes over batches of one size.
 */
public final class TwoLayerNet extends Network<NetConfig> {
  private static final int SITE_DROPOUT = 0;

  private final Affine hidden;
  private final Relu relu;
  private final Dropout dropout;
  private final Affine output;

  /**
   * Creates a net whose weights are all zero.
   *
   * @param training whether gradients are needed
   */
  public TwoLayerNet(Backend backend, NetConfig config, boolean training) {
    super(backend, config, plan(config), training);
    this.hidden = affine("hidden");
    this.relu = new Relu(backend);
    this.dropout = new Dropout(backend, config.dropout(), SITE_DROPOUT);
    this.output = affine("output");
  }

  private static Parameters.Builder plan(NetConfig config) {
    return new Parameters.Builder()
        .add("hidden.weight", config.hidden(), config.inputs())
        .add("hidden.bias", config.hidden())
        .add("output.weight", config.classes(), config.hidden())
        .add("output.bias", config.classes());
  }

  private Affine affine(String name) {
    return new Affine(backend, parameters.get(name + ".weight"), parameters.get(name + ".bias"));
  }

  private List<Parameter> matrices() {
    return List.of(parameters.get("hidden.weight"), parameters.get("output.weight"));
  }

  /**
   * Initializes the weights uniformly in ±1/√K, where K is the number of inputs of the layer, as
   * PyTorch does.
   */
  public void initialize(long seed) {
    int site = SITE_INITIALIZATION;
    for (Parameter parameter : parameters.all()) {
      int fan = parameter.name().startsWith("hidden") ? config.inputs() : config.hidden();
      InitialWeights.uniform(backend, parameter, 1 / Math.sqrt(fan), seed, site++);
    }
  }

  /**
   * Opens a saved net on {@code backend}, for inference.
   *
   * @throws InputException if a file is missing, damaged, or contradicts another
   */
  public static TwoLayerNet open(ModelFiles files, Backend backend) {
    NetConfig config = files.config(NetConfig.class);
    return files.fill(backend, on -> new TwoLayerNet(on, config, false));
  }

  /** Creates a workspace for batches of {@code rows} pictures; the caller closes it. */
  public Batch batch(int rows) {
    return new Batch(rows);
  }

  /**
   * A workspace for a batch of N pictures: all activations, allocated once and reused at each step.
   */
  public final class Batch implements AutoCloseable {
    private final SoleUse use = new SoleUse("the batch");
    private final OwnedTensors owned;
    private final Tensor x; // (N, D)
    private final Tensor targets; // I32 (N)
    private final Tensor activated; // (N, H)
    private final Tensor dropped; // (N, H): activated after dropout, or activated itself
    private final Tensor dHidden; // (N, H)
    private final Tensor dx; // (N, D), not used
    private final Tensor scores; // (N, C)
    private final Tensor losses; // (N)
    private final WeightPenalty penalty;

    private Batch(int rows) {
      this.owned = new OwnedTensors(backend);
      this.x = owned.floats(rows, config.inputs());
      this.targets = owned.ids(rows);
      this.activated = owned.floats(rows, config.hidden());
      this.dropped = dropout.active() ? owned.floats(rows, config.hidden()) : activated;
      this.dHidden = owned.floats(rows, config.hidden());
      this.dx = owned.floats(rows, config.inputs());
      this.scores = owned.floats(rows, config.classes());
      this.losses = owned.floats(rows);
      this.penalty =
          new WeightPenalty(backend, matrices(), config.reg(), WeightPenalty.Convention.HALF);
    }

    /** Returns the number of pictures N. */
    public int rows() {
      return x.shape().dim(0);
    }

    /**
     * Loads pictures and their classes.
     *
     * @param pictures {@code (N, D)} on the host
     * @param classes {@code N}, each in [0, C)
     */
    public void load(Tensor pictures, int[] classes) {
      try (SoleUse.Use _ = use.begin()) {
        backend.upload(pictures, x);
        backend.upload(classes, 0, rows(), targets);
      }
    }

    /** Computes the scores, {@code (N, C)}, of the loaded pictures, without dropout. */
    public Tensor scores() {
      try (SoleUse.Use _ = use.resume()) {
        hidden.forward(x, activated);
        relu.forward(activated, activated);
        output.forward(activated, scores);
        return scores;
      }
    }

    /**
     * Turns the {@link #scores} just computed into losses, {@code (N)}; this overwrites the scores.
     */
    public Tensor losses() {
      try (SoleUse.Use _ = use.resume()) {
        config.classLoss().lossAndGradient(backend, scores, targets, 0, losses);
        return losses;
      }
    }

    /**
     * Accumulates the gradients of the mean loss, including the weight penalty.
     *
     * @param lossSum {@code (1)}; overwritten with N times that loss
     */
    public void train(RandomKey key, Tensor lossSum) {
      try (SoleUse.Use _ = use.resume()) {
        int rows = rows();
        hidden.forward(x, activated);
        relu.forward(activated, activated);
        if (dropout.active()) {
          dropout.forward(activated, dropped, key);
        }
        output.forward(dropped, scores);
        config.classLoss().lossAndGradient(backend, scores, targets, 1.0 / rows, losses);
        backend.sum(losses, lossSum);
        output.backward(dropped, scores, dHidden);
        if (dropout.active()) {
          dropout.backward(dHidden, dHidden, key);
        }
        relu.backward(activated, dHidden, dHidden);
        hidden.backward(x, dHidden, dx);
        if (penalty.active()) {
          penalty.addLoss(rows, lossSum);
          penalty.addGradient();
        }
      }
    }

    @Override
    public void close() {
      if (!use.end()) {
        return;
      }
      penalty.close();
      owned.close();
    }
  }
}
