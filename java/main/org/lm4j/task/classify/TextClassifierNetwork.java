package org.lm4j.task.classify;

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

/**
 * A network that classifies a sequence of words: recurrent layers read the words, in both
 * directions or in one; an affine layer scores the classes from their final states or their mean
 * output; the loss is softmax cross-entropy. Of a pair of texts, the same layers read both, and the
 * classes are scored from their representations {@code u} and {@code v} as {@code [u; v; |u - v|; u
 * ⊙ v]} (Conneau et al., "Supervised Learning of Universal Sentence Representations", EMNLP 2017).
 *
 * <p>Holds the weights {@code word.weight (V, D)}, {@code encoder.weight_ih_l0} and so on, {@code
 * output.weight (C, W)}, for pairs {@code (C, 4W)}, {@code output.bias (C)}. {@link
 * TextClassifierWorkspaces} computes with it.
 */
public final class TextClassifierNetwork extends Network<TextClassifierConfig> {
  /** The name of the word embedding. */
  public static final String WORDS = "word.weight";

  private static final String ENCODER = "encoder.";
  private static final String OUTPUT_WEIGHT = "output.weight";
  private static final String OUTPUT_BIAS = "output.bias";

  // Sites of randomness. Those between recurrent layers follow SITE_LAYERS, one per layer.
  private static final int SITE_INPUT = 0;
  private static final int SITE_OUTPUT = 1;
  private static final int SITE_LAYERS = 2;

  private final Embedding words;
  private final Dropout inputDropout;
  private final SequenceEncoder encoder;
  private final Dropout outputDropout;
  private final Affine output;

  /**
   * Creates a classifier with all weights zero.
   *
   * @param training whether gradients are needed
   */
  public TextClassifierNetwork(Backend backend, TextClassifierConfig config, boolean training) {
    super(backend, config, plan(backend, config), training);
    this.words = new Embedding(backend, parameters.get(WORDS));
    this.inputDropout = new Dropout(backend, config.encoder().dropout(), SITE_INPUT);
    this.encoder = new SequenceEncoder(backend, config.reader(), parameters, ENCODER, SITE_LAYERS);
    this.outputDropout = new Dropout(backend, config.encoder().dropout(), SITE_OUTPUT);
    this.output = new Affine(backend, parameters.get(OUTPUT_WEIGHT), parameters.get(OUTPUT_BIAS));
  }

  private static Parameters.Builder plan(Backend backend, TextClassifierConfig config) {
    SequenceEncoder.Spec reader = config.reader();
    Parameters.Builder plan = new Parameters.Builder();
    plan.add(WORDS, config.words(), config.encoder().embedding());
    reader.addTo(plan, ENCODER, backend);
    plan.add(OUTPUT_WEIGHT, config.classes(), config.scoredWidth());
    plan.add(OUTPUT_BIAS, config.classes());
    return plan;
  }

  /**
   * Draws the initial weights: the table is uniform in ±√(3/D), so that each element has variance
   * 1/D; the others are uniform in ±1/√H of their layer, as in PyTorch.
   */
  public void initialize(long seed) {
    int site = SITE_INITIALIZATION;
    for (Parameter parameter : parameters.all()) {
      String name = parameter.name();
      double half =
          name.equals(WORDS)
              ? Math.sqrt(3.0 / config.encoder().embedding())
              : 1
                  / Math.sqrt(
                      name.startsWith(ENCODER) ? config.encoder().hidden() : config.scoredWidth());
      InitialWeights.uniform(backend, parameter, half, seed, site++);
    }
  }

  /**
   * Opens a saved classifier on {@code backend}, to classify with.
   *
   * @throws InputException if a file is missing, damaged, or contradicts another
   */
  public static TextClassifierNetwork open(ModelFiles files, Backend backend) {
    TextClassifierConfig config = files.config(TextClassifierConfig.class);
    return files.fill(backend, on -> new TextClassifierNetwork(on, config, false));
  }

  /** Returns the width W of the pooled representation. */
  int pooledWidth() {
    return encoder.spec().outputSize();
  }

  /**
   * Creates workspaces with their own memory; the caller closes them.
   *
   * @param forTraining whether {@link TextClassifierWorkspaces#train} will be called
   */
  public TextClassifierWorkspaces passes(boolean forTraining) {
    if (forTraining) {
      requireTraining();
    }
    return new TextClassifierWorkspaces(this, forTraining);
  }

  Embedding words() {
    return words;
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
}
