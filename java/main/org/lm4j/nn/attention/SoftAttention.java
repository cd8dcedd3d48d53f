package org.lm4j.nn.attention;

import org.lm4j.compute.Backend;
import org.lm4j.nn.Affine;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;

/**
 * Additive soft attention over a memory of {@code G} cells, controlled by a query.
 *
 * <pre>
 *   e[i] = vᵀ tanh(U a[i] + W q + b)      p = softmax(e)      z = Σ p[i] a[i]
 * </pre>
 *
 * <p>{@code a (B, G, F)} is the memory, the cells of a picture or the states of an encoder; {@code
 * q (B, H)} is the query, a decoder's hidden state or a question; {@code z (B, F)} is the attended
 * mean and {@code p (B, G)} the attention weights. The scores are those of Bahdanau, Cho and
 * Bengio, "Neural machine translation by jointly learning to align and translate", ICLR 2015; over
 * the cells of a picture, Xu et al., "Show, attend and tell", ICML 2015, the deterministic kind.
 *
 * <p>Holds the weights {@code memory.weight (A, F)}, {@code query.weight (A, H)}, {@code query.bias
 * (A)}, {@code score.weight (1, A)}: U, W, b, v. A {@link SoftAttentionWindow} computes over one
 * memory with one or several consecutive queries.
 */
public final class SoftAttention {
  private final Backend backend;
  private final Size size;
  private final Parameter memory; // U (A, F)
  private final Affine query; // W (A, H), b (A)
  private final Parameter score; // v (1, A)

  /**
   * The widths of an attention layer.
   *
   * @param memory {@code F}, of a cell of the memory
   * @param query {@code H}, of a query
   * @param hidden {@code A}, in which the two are compared
   */
  public record Size(int memory, int query, int hidden) {
    /**
     * Checks the widths.
     *
     * @throws IllegalArgumentException if one is not positive
     */
    public Size {
      if (memory < 1 || query < 1 || hidden < 1) {
        throw new IllegalArgumentException(
            "widths of attention must be positive: %d, %d, %d".formatted(memory, query, hidden));
      }
    }
  }

  /** Adds what {@link #SoftAttention} over the same prefix asks for. */
  public static void plan(Parameters.Builder plan, String prefix, Size size) {
    plan.add(prefix + "memory.weight", size.hidden(), size.memory());
    plan.add(prefix + "query.weight", size.hidden(), size.query());
    plan.add(prefix + "query.bias", size.hidden());
    plan.add(prefix + "score.weight", 1, size.hidden());
  }

  /** Creates attention over the parameters named {@code prefix + "memory.weight"} and so on. */
  public SoftAttention(Backend backend, Parameters parameters, String prefix) {
    this.backend = backend;
    this.memory = parameters.get(prefix + "memory.weight");
    Parameter weight = parameters.get(prefix + "query.weight");
    this.query = new Affine(backend, weight, parameters.get(prefix + "query.bias"));
    this.score = parameters.get(prefix + "score.weight");
    this.size =
        new Size(
            memory.value().shape().dim(1),
            weight.value().shape().dim(1),
            memory.value().shape().dim(0));
  }

  /** Returns the widths. */
  public Size size() {
    return size;
  }

  /**
   * Creates a workspace without gradients, for {@code batch} memories of {@code cells} cells and
   * one query each at a time; the caller closes it.
   */
  public SoftAttentionWindow window(int batch, int cells) {
    return new SoftAttentionWindow(this, 1, batch, cells, SoftAttentionWindow.Gradients.NONE);
  }

  /**
   * Creates a workspace with gradients; the caller closes it.
   *
   * @param steps {@code T}, queries to each memory
   * @param batch {@code B}, memories
   * @param cells {@code G}, of each memory
   * @param ofMemory whether the gradient of the memory is also needed
   */
  public SoftAttentionWindow trainingWindow(int steps, int batch, int cells, boolean ofMemory) {
    return new SoftAttentionWindow(
        this,
        steps,
        batch,
        cells,
        ofMemory
            ? SoftAttentionWindow.Gradients.WITH_MEMORY
            : SoftAttentionWindow.Gradients.OF_WEIGHTS);
  }

  Backend backend() {
    return backend;
  }

  Parameter memory() {
    return memory;
  }

  Affine query() {
    return query;
  }

  Parameter score() {
    return score;
  }
}
