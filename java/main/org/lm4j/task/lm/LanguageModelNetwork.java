package org.lm4j.task.lm;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BatchDecoder;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.TokenModel;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.Network;
import org.lm4j.nn.Affine;
import org.lm4j.nn.Dropout;
import org.lm4j.nn.Embedding;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.Recurrent;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.nn.TokenLoss;
import org.lm4j.nn.softmax.AdaptiveSoftmax;
import org.lm4j.nn.softmax.AdaptiveSoftmaxLoss;
import org.lm4j.nn.softmax.CandidateSampler;
import org.lm4j.nn.softmax.SampledSoftmaxLoss;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/**
 * A recurrent language model: embedding, recurrent stack, output layer. Holds the weights; a {@link
 * Window} computes over windows of one shape.
 *
 * <p>Names and shapes of the weights are those of PyTorch's word_language_model: {@code
 * encoder.weight (V, D)}, {@code rnn.weight_ih_l0 (G·H, D)}, …, {@code decoder.weight (V, H)},
 * {@code decoder.bias (V)}. With tied weights there is no {@code decoder.weight}. With adaptive
 * softmax {@code decoder.} is the prefix of an {@link AdaptiveSoftmax}.
 *
 * <p>Any number of threads may share a model that is not being trained, each with its own window,
 * state, decoder or generator; see {@link Backend}. Closing the model waits for the current
 * operation; afterwards those objects throw {@link IllegalStateException}.
 */
public final class LanguageModelNetwork extends Network<LanguageModelConfig> {
  /** The prefix of the recurrent stack's names. */
  public static final String RNN = "rnn.";

  /** The name of the embedding table. */
  public static final String ENCODER_WEIGHT = "encoder.weight";

  /** The prefix of the output layer's names. */
  public static final String DECODER = "decoder.";

  /** The name of the output layer's matrix, where it has one. */
  public static final String DECODER_WEIGHT = DECODER + "weight";

  /** The name of the output layer's bias, where it has one matrix. */
  public static final String DECODER_BIAS = DECODER + "bias";

  // Sites of randomness. Those between recurrent layers follow SITE_LAYERS, one for each but the
  // last, then those of their weights, one for each.
  private static final int SITE_EMBEDDING = 0;
  private static final int SITE_OUTPUT = 1;
  private static final int SITE_LAYERS = 2;

  /** The site of the words that sampled softmax draws: after as many layers as there can be. */
  static final int SITE_SAMPLES = 1 << 15;

  private final Embedding encoder;
  private final Dropout embeddingDropout;
  private final Recurrent recurrent;
  private final Dropout outputDropout;
  private final @Nullable Affine decoder; // null with adaptive softmax
  private final @Nullable AdaptiveSoftmax adaptive; // null without it
  private @Nullable LargeVocabulary large; // null but in training with a large vocabulary

  /**
   * Creates a model with all weights zero.
   *
   * @param training whether gradients are needed; they take as much memory as the weights
   */
  public LanguageModelNetwork(Backend backend, LanguageModelConfig config, boolean training) {
    super(backend, config, plan(backend, config), training);
    Parameter table = parameters.get(ENCODER_WEIGHT);
    this.encoder = new Embedding(backend, table);
    this.embeddingDropout = new Dropout(backend, config.rates().embedding(), SITE_EMBEDDING);
    double weightDropout = training ? config.rates().weights() : 0;
    try {
      this.recurrent =
          new Recurrent(backend, config.rnn(), parameters, RNN, SITE_LAYERS, weightDropout);
    } catch (RuntimeException | Error e) { // no memory for a second copy of the stack
      parameters.close();
      throw e;
    }
    this.outputDropout = new Dropout(backend, config.rates().units(), SITE_OUTPUT);
    if (config.output().isAdaptive()) {
      this.adaptive = new AdaptiveSoftmax(backend, config.clusters(), parameters, DECODER);
      this.decoder = null;
    } else {
      Parameter output = config.tied() ? table : parameters.get(DECODER_WEIGHT);
      this.adaptive = null;
      this.decoder = new Affine(backend, output, parameters.get(DECODER_BIAS));
    }
  }

  private static Parameters.Builder plan(Backend backend, LanguageModelConfig config) {
    Parameters.Builder plan = new Parameters.Builder();
    plan.add(RNN, backend, config.rnn());
    plan.add(ENCODER_WEIGHT, config.vocabulary(), config.embedding());
    if (config.output().isAdaptive()) {
      AdaptiveSoftmax.plan(config.clusters(), DECODER, plan);
      return plan;
    }
    if (!config.tied()) {
      plan.add(DECODER_WEIGHT, config.vocabulary(), config.hidden());
    }
    plan.add(DECODER_BIAS, config.vocabulary());
    return plan;
  }

  /**
   * Returns the gradients of the output layer, the last ones in the buffer; null where some are
   * those of another layer too, or are zero in most rows.
   */
  @Nullable Tensor outputGradients() {
    if (config.tied() || config.output().isSampled()) {
      return null;
    }
    Tensor all = parameters.gradients();
    Parameter table = parameters.get(ENCODER_WEIGHT);
    long from = table.gradient().offset() - all.offset() + RnnLayout.align(table.gradient().size());
    return all.view(from, Math.toIntExact(all.size() - from));
  }

  /** Draws the initial weights. */
  public void initialize(Initialization initialization, long seed) {
    int site = SITE_INITIALIZATION;
    for (Parameter parameter : parameters.all()) {
      Tensor value = parameter.value();
      try (HostStorage storage = new HostStorage(value.size() * DType.F64.bytes())) {
        Tensor host = new Tensor(storage, 0, value.shape(), DType.F64);
        initialization.draw(config, parameter, site++, seed, host);
        backend.upload(host, value);
      }
    }
  }

  /**
   * Creates a workspace for windows of one shape; the caller closes it.
   *
   * @param steps {@code T}
   * @param batch {@code B}
   * @param forTraining whether {@link Window#train} will be called
   */
  public Window window(int steps, int batch, boolean forTraining) {
    if (forTraining) {
      requireTraining();
    }
    return new Window(this, steps, batch, forTraining);
  }

  /**
   * Prepares training with a large vocabulary: windows made from now on draw words for sampled
   * softmax, and note which rows of tables have gradients. Without this they compute full softmax.
   */
  void train(LargeVocabulary with) {
    requireTraining();
    large = with;
  }

  @Nullable LargeVocabulary large() {
    return large;
  }

  /**
   * Returns a zero state of the recurrent stack for {@code batch} sequences; the caller closes it.
   */
  public CarriedState newState(int batch) {
    return new CarriedState(backend, recurrent, batch);
  }

  /**
   * Creates a decoder that reads tokens one by one, from a zero state; the caller closes it. The
   * weights must not change until then: whether a change is seen depends on the backend.
   */
  public IncrementalDecoder tokenReader() {
    Affine output = decoder;
    return output == null ? new WindowReader(this) : backend.tokenReader(tokenModel(output));
  }

  /**
   * Creates a decoder that reads the tokens of several sequences side by side; the caller closes
   * it. The weights must not change until then.
   *
   * @param rows most sequences, at least 1
   * @throws InputException if the output layer is an adaptive softmax
   */
  public BatchDecoder batchReader(int rows) {
    Affine output = decoder;
    if (output == null) {
      throw new InputException(
          "a model with adaptive softmax generates one text at a time, not many side by side");
    }
    return backend.batchReader(tokenModel(output), rows);
  }

  private TokenModel tokenModel(Affine output) {
    return new TokenModel(
        config.rnn(), encoder.table(), recurrent.weights(), output.weight(), output.bias());
  }

  /**
   * Opens a saved model on {@code backend}.
   *
   * @param training whether gradients are wanted
   * @throws org.lm4j.InputException if a file is missing, damaged, or contradicts another
   */
  public static LanguageModelNetwork open(ModelFiles files, Backend backend, boolean training) {
    LanguageModelConfig config = LanguageModelConfig.read(files);
    return files.fill(backend, on -> new LanguageModelNetwork(on, config, training));
  }

  @Override
  public Map<String, String> tied() {
    return config.tied() ? Map.of(DECODER_WEIGHT, ENCODER_WEIGHT) : Map.of();
  }

  Embedding encoder() {
    return encoder;
  }

  Dropout embeddingDropout() {
    return embeddingDropout;
  }

  Recurrent recurrent() {
    return recurrent;
  }

  Dropout outputDropout() {
    return outputDropout;
  }

  /**
   * Creates the loss of a window.
   *
   * @param rows with {@code dx} the same as {@code x} if only losses are needed
   * @param forTraining whether gradients will be computed
   */
  TokenLoss loss(SampledSoftmaxLoss.Rows rows, boolean forTraining) {
    if (adaptive != null) {
      return new AdaptiveSoftmaxLoss(backend, adaptive, rows.x(), rows.dx(), rows.loss());
    }
    CandidateSampler sampler = large == null ? null : large.sampler();
    if (forTraining && large != null && sampler != null) {
      Parameter weight = parameters.get(config.tied() ? ENCODER_WEIGHT : DECODER_WEIGHT);
      return new SampledSoftmaxLoss(
          backend,
          new SampledSoftmaxLoss.Output(
              weight, parameters.get(DECODER_BIAS), sampler, SITE_SAMPLES, large.outputs()),
          rows);
    }
    return new SoftmaxOutput(
        backend,
        Objects.requireNonNull(decoder),
        config.vocabulary(),
        rows.x(),
        rows.dx(),
        rows.targets(),
        rows.loss());
  }

  /** Frees the storage of a state. */
  static void close(RnnState state) {
    state.h().storage().close();
    Tensor c = state.c();
    if (c != null) {
      c.storage().close();
    }
  }

  @Override
  public void close() {
    recurrent.close();
    parameters.close();
  }
}
