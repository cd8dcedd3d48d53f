package org.lm4j.task.tag;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.model.InitialWeights;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.Network;
import org.lm4j.nn.Affine;
import org.lm4j.nn.Dropout;
import org.lm4j.nn.Embedding;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.SequenceEncoder;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.nn.TemporalSoftmaxLoss;

/**
 * A network that tags each token of a sentence. A token is represented by its word, the word's
 * characters (encoded by a bidirectional recurrent layer, Ling et al., "Finding Function in Form",
 * 2015) and further columns; recurrent layers read the tokens, in both directions or in one; an
 * affine layer scores the tags of each token, and the loss is softmax cross-entropy.
 *
 * <p>Holds the weights {@code word.weight (V, D)}, {@code character.weight}, {@code
 * characters.weight_ih_l0} and so on of the character encoder, {@code feature1.weight}, {@code
 * encoder.weight_ih_l0} and so on, {@code output.weight (C, W)}, {@code output.bias (C)}. {@link
 * TaggerWorkspaces} computes with it.
 */
public final class TaggerNetwork extends Network<TaggerConfig> {
  /** The name of the word embedding. */
  public static final String WORDS = "word.weight";

  private static final String CHARACTER = "character.weight";
  private static final String CHARACTERS = "characters.";
  private static final String ENCODER = "encoder.";
  private static final String OUTPUT_WEIGHT = "output.weight";
  private static final String OUTPUT_BIAS = "output.bias";

  // Sites of randomness. Those between recurrent layers follow SITE_LAYERS, one per layer.
  private static final int SITE_INPUT = 0;
  private static final int SITE_OUTPUT = 1;
  private static final int SITE_LAYERS = 2;

  private final Dropout inputDropout;
  private final Dropout outputDropout;
  private final SequenceEncoder encoder;
  private final Affine output;
  private final TemporalSoftmaxLoss loss;

  /**
   * Creates a tagger with all weights zero.
   *
   * @param training whether gradients are needed
   */
  public TaggerNetwork(Backend backend, TaggerConfig config, boolean training) {
    super(backend, config, plan(backend, config), training);
    this.inputDropout = new Dropout(backend, config.encoder().dropout(), SITE_INPUT);
    this.outputDropout = new Dropout(backend, config.encoder().dropout(), SITE_OUTPUT);
    this.encoder =
        new SequenceEncoder(backend, config.sentenceReader(), parameters, ENCODER, SITE_LAYERS);
    this.output = new Affine(backend, parameters.get(OUTPUT_WEIGHT), parameters.get(OUTPUT_BIAS));
    this.loss =
        new TemporalSoftmaxLoss(backend, SoftmaxOutput.IGNORE, TemporalSoftmaxLoss.Average.TOKENS);
  }

  private static Parameters.Builder plan(Backend backend, TaggerConfig config) {
    Parameters.Builder plan = new Parameters.Builder();
    plan.add(WORDS, config.sizes().words(), config.encoder().embedding());
    if (config.readsCharacters()) {
      plan.add(CHARACTER, config.sizes().characters(), config.widths().characterEmbedding());
      config.characterReader().addTo(plan, CHARACTERS, backend);
    }
    List<Integer> sizes = config.featureSizes();
    for (int i = 0; i < sizes.size(); i++) {
      plan.add(featureName(i), sizes.get(i), config.widths().featureEmbedding());
    }
    SequenceEncoder.Spec reader = config.sentenceReader();
    reader.addTo(plan, ENCODER, backend);
    plan.add(OUTPUT_WEIGHT, config.sizes().tags(), reader.outputSize());
    plan.add(OUTPUT_BIAS, config.sizes().tags());
    return plan;
  }

  private static String featureName(int index) {
    return "feature" + (index + 1) + ".weight";
  }

  /**
   * Draws the initial weights: tables are uniform in ±√(3/D), so that each element has variance
   * 1/D; the others are uniform in ±1/√H of their layer, as in PyTorch.
   */
  public void initialize(long seed) {
    int site = SITE_INITIALIZATION;
    for (Parameter parameter : parameters.all()) {
      InitialWeights.uniform(backend, parameter, half(parameter), seed, site++);
    }
  }

  private double half(Parameter parameter) {
    String name = parameter.name();
    if (name.startsWith(CHARACTERS)) {
      return 1 / Math.sqrt(config.widths().characterHidden());
    }
    if (name.startsWith(ENCODER)) {
      return 1 / Math.sqrt(config.encoder().hidden());
    }
    if (name.equals(OUTPUT_WEIGHT) || name.equals(OUTPUT_BIAS)) {
      return 1 / Math.sqrt(encoder.spec().outputSize());
    }
    return Math.sqrt(3.0 / parameter.value().shape().dim(1));
  }

  /**
   * Opens a saved tagger on {@code backend}, to tag with.
   *
   * @throws InputException if a file is missing, damaged, or contradicts another
   */
  public static TaggerNetwork open(ModelFiles files, Backend backend) {
    TaggerConfig config = files.config(TaggerConfig.class);
    return files.fill(backend, on -> new TaggerNetwork(on, config, false));
  }

  /**
   * Creates workspaces with their own memory; the caller closes them.
   *
   * @param forTraining whether {@link TaggerWorkspaces#train} will be called
   */
  public TaggerWorkspaces passes(boolean forTraining) {
    if (forTraining) {
      requireTraining();
    }
    return new TaggerWorkspaces(this, forTraining);
  }

  Embedding wordEmbedding() {
    return new Embedding(backend, parameters.get(WORDS));
  }

  Embedding characterEmbedding() {
    return new Embedding(backend, parameters.get(CHARACTER));
  }

  /** Returns the embedding of each feature. */
  List<Embedding> featureEmbeddings() {
    List<Embedding> embeddings = new ArrayList<>();
    for (int i = 0; i < config.featureSizes().size(); i++) {
      embeddings.add(new Embedding(backend, parameters.get(featureName(i))));
    }
    return embeddings;
  }

  SequenceEncoder characterEncoder() {
    return new SequenceEncoder(
        backend, config.characterReader(), parameters, CHARACTERS, SITE_LAYERS);
  }

  Dropout inputDropout() {
    return inputDropout;
  }

  SequenceEncoder encoder() {
    return encoder;
  }

  Dropout outputDropout() {
    return outputDropout;
  }

  Affine output() {
    return output;
  }

  TemporalSoftmaxLoss loss() {
    return loss;
  }
}
