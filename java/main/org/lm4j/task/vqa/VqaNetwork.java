package org.lm4j.task.vqa;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.model.InitialWeights;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.Network;
import org.lm4j.nn.Affine;
import org.lm4j.nn.Dropout;
import org.lm4j.nn.Embedding;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.Recurrent;
import org.lm4j.nn.attention.SoftAttention;

/**
 * A network that answers questions about images in several attention hops: each query depends on
 * the results of earlier hops.
 *
 * <pre>
 *   q    = the state after the last word of cell(E w[t])     the encoded question
 *   m[i] = (max(0, S a[i] + s), x[i], y[i])                  the representation of each cell
 *   u[0] = q
 *   z[k] = attention[k](m, u[k-1])                           hop k of K
 *   u[k] = u[k-1] + tanh(W[k] (u[k-1], z[k]) + b[k])
 *   scores = V max(0, D (q, u[K], z[1], …, z[K], Σ m[i] / √G) + d) + c
 * </pre>
 *
 * <p>Several hops, each with its own attention layer, as in Yang et al., "Stacked attention
 * networks for image question answering", CVPR 2016. The results of all hops enter the decision, so
 * that the first hop is trained as directly as the last. Attention computes a mean and cannot
 * count; the sum of all cells can. The position of a cell, {@code x} across and {@code y} down from
 * -2 to 2, is given as two numbers, as in Santoro et al., "A simple neural network module for
 * relational reasoning", NeurIPS 2017: "left of" is then a difference. On synthetic scenes, whose
 * features identify rows and columns but not their order, about half of the relation questions were
 * answered correctly after 16 epochs without these numbers, which is the result of merely excluding
 * the named object.
 *
 * <p>Holds the weights {@code embedding.weight (V, D)}, {@code rnn.weight_ih_l0} and so on, {@code
 * seen.weight (S, F)}, for each look {@code attention0.*} as {@link SoftAttention} has them and
 * {@code hop0.weight (H, H + M)}, {@code decision.weight (C, 2 H + (K + 1) M)}, {@code
 * answer.weight (A, C)}, with their biases. A {@link VqaBatch} computes over batches of one size.
 */
public final class VqaNetwork extends Network<VqaConfig> {
  static final String RNN = "rnn.";
  private static final String EMBEDDING = "embedding.weight";
  private static final int SITE_RNN = 0; // one layer drops nothing
  private static final int SITE_DROPOUT = 1;
  private static final int SITE_SEEN = 2;

  private final Layers layers;

  /** The layers of the network. */
  record Layers(
      Embedding embedding,
      Recurrent reader,
      Affine seen,
      Dropout seenDropout,
      List<SoftAttention> attention,
      List<Affine> hops,
      Affine decision,
      Dropout dropout,
      Affine answer) {} // as many as the model has

  /**
   * Creates a model with all weights zero.
   *
   * @param training whether gradients are needed
   */
  public VqaNetwork(Backend backend, VqaConfig config, boolean training) {
    super(backend, config, plan(backend, config), training);
    List<SoftAttention> attention = new ArrayList<>();
    List<Affine> hops = new ArrayList<>();
    for (int k = 0; k < config.shape().hops(); k++) {
      attention.add(new SoftAttention(backend, parameters, "attention" + k + "."));
      hops.add(affine("hop" + k));
    }
    this.layers =
        new Layers(
            new Embedding(backend, parameters.get(EMBEDDING)),
            new Recurrent(backend, config.reader(), parameters, RNN, SITE_RNN),
            affine("seen"),
            new Dropout(backend, config.shape().dropout(), SITE_SEEN),
            List.copyOf(attention),
            List.copyOf(hops),
            affine("decision"),
            new Dropout(backend, config.shape().dropout(), SITE_DROPOUT),
            affine("answer"));
  }

  private static Parameters.Builder plan(Backend backend, VqaConfig config) {
    Parameters.Builder plan = new Parameters.Builder();
    plan.add(EMBEDDING, config.vocabulary(), config.shape().reader().embedding());
    plan.add(RNN, backend, config.reader());
    plan(plan, "seen", config.shape().seen(), config.image().features());
    for (int k = 0; k < config.shape().hops(); k++) {
      SoftAttention.plan(plan, "attention" + k + ".", config.attentionSize());
      plan(plan, "hop" + k, config.hidden(), config.hidden() + config.memory());
    }
    plan(plan, "decision", config.shape().decision(), config.joined());
    plan(plan, "answer", config.answers(), config.shape().decision());
    return plan;
  }

  private static void plan(Parameters.Builder plan, String name, int outputs, int inputs) {
    plan.add(name + ".weight", outputs, inputs);
    plan.add(name + ".bias", outputs);
  }

  private Affine affine(String name) {
    return new Affine(backend, parameters.get(name + ".weight"), parameters.get(name + ".bias"));
  }

  /**
   * Draws the initial weights as in PyTorch: the embedding is normal, the others are uniform in
   * ±1/√K, where K is the number of inputs of an affine layer, or H for the cell.
   */
  public void initialize(long seed) {
    int site = SITE_INITIALIZATION;
    for (Parameter parameter : parameters.all()) {
      if (parameter.name().equals(EMBEDDING)) {
        InitialWeights.normal(backend, parameter, 1, seed, site++);
      } else {
        double half = 1 / Math.sqrt(fan(parameter.name()));
        InitialWeights.uniform(backend, parameter, half, seed, site++);
      }
    }
  }

  /** Returns K, which determines the range of a parameter's initial values. */
  private int fan(String name) {
    if (name.startsWith(RNN)) {
      return config.hidden();
    }
    String weight = name.replace(".bias", ".weight");
    return parameters.get(weight).value().shape().dim(1);
  }

  /**
   * Opens a saved model on {@code backend}, to answer questions with.
   *
   * @throws org.lm4j.InputException if a file is missing, damaged, or contradicts another
   */
  public static VqaNetwork open(ModelFiles files, Backend backend) {
    VqaConfig config = files.config(VqaConfig.class);
    return files.fill(backend, on -> new VqaNetwork(on, config, false));
  }

  Layers layers() {
    return layers;
  }

  /**
   * Creates a workspace for batches of {@code rows} questions; the caller closes it.
   *
   * @param training whether gradients are needed
   */
  public VqaBatch batch(int rows, boolean training) {
    return new VqaBatch(this, rows, training);
  }
}
