package org.lm4j.nn.attention;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.tensor.Tensor;

/**
 * A workspace for {@link SoftAttention} over {@code B} memories of {@code G} cells and up to {@code
 * T} queries to each: all activations, allocated once and reused for any number of memories.
 *
 * <pre>{@code
 * window.prepare(memory, lengths);
 * for (int t = 0; t < T; t++) {
 *   window.attend(t, query[t], z[t]);
 * }
 * for (int t = T - 1; t >= 0; t--) {
 *   window.backward(t, query[t], dz[t], dQuery[t]);
 * }
 * window.finish(T);
 * }</pre>
 */
public final class SoftAttentionWindow implements AutoCloseable {
  enum Gradients {
    NONE,
    OF_WEIGHTS,
    WITH_MEMORY
  }

  private final SoftAttention attention;
  private final Backend backend;
  private final int batch;
  private final int cells;
  private final Gradients gradients;
  private final OwnedTensors owned;

  private final Tensor keys; // (B·G, A): U a
  private final Tensor position; // (B, A): W q + b
  private final Tensor ofCell; // I32 (B·G): which of the B memories a cell is one of
  private final Tensor allCompared; // (T·B·G, A)
  private final Step[] at;

  private final @Nullable Backward back;
  private @Nullable Tensor memory; // (B, G, F), owned by the caller
  private @Nullable Tensor lengths; // I32 (B), owned by the caller

  /** Views of one step. */
  private record Step(
      Tensor compared, // (B·G, A): tanh(U a + W q + b)
      Tensor scores, // (B·G, 1): e, then p in the same place
      Tensor weights, // (B, G): the same
      Tensor weightRows, // (B, 1, G): the same
      @Nullable Tensor dScores) {} // (B·G, 1)

  /** Buffers that only the backward pass needs. */
  private record Backward(
      Tensor allScores, // (T·B·G, 1): gradients of e
      Tensor dCompared, // (B·G, A)
      Tensor dKeys, // (B·G, A): summed over the steps
      Tensor dPosition, // (B, A)
      @Nullable Tensor dMemory) {} // (B, G, F)

  SoftAttentionWindow(
      SoftAttention attention, int steps, int batch, int cells, Gradients gradients) {
    this.attention = attention;
    this.backend = attention.backend();
    this.owned = new OwnedTensors(backend);
    this.batch = batch;
    this.cells = cells;
    this.gradients = gradients;
    int rows = Math.multiplyExact(batch, cells);
    int allRows = Math.multiplyExact(steps, rows);
    int width = attention.size().hidden();
    this.keys = owned.floats(rows, width);
    this.position = owned.floats(batch, width);
    this.ofCell = owned.ids(rows);
    int[] owners = new int[rows];
    for (int i = 0; i < rows; i++) {
      owners[i] = i / cells;
    }
    backend.upload(owners, 0, rows, ofCell);
    this.allCompared = owned.floats(allRows, width);
    Tensor scores = owned.floats(allRows, 1);
    this.back = gradients == Gradients.NONE ? null : backward(allRows, rows, width);
    this.at = new Step[steps];
    for (int t = 0; t < steps; t++) {
      Tensor own = scores.slice(t * rows, rows);
      at[t] =
          new Step(
              allCompared.slice(t * rows, rows),
              own,
              own.reshape(batch, cells),
              own.reshape(batch, 1, cells),
              back == null ? null : back.allScores.slice(t * rows, rows));
    }
  }

  private Backward backward(int allRows, int rows, int width) {
    boolean ofMemory = gradients == Gradients.WITH_MEMORY;
    return new Backward(
        owned.floats(allRows, 1),
        owned.floats(rows, width),
        owned.floats(rows, width),
        owned.floats(batch, width),
        ofMemory ? owned.floats(batch, cells, attention.size().memory()) : null);
  }

  /** Returns the number {@code T} of queries to each memory. */
  public int steps() {
    return at.length;
  }

  /** Returns the number {@code B} of memories. */
  public int batch() {
    return batch;
  }

  /** Returns the number {@code G} of cells of each memory. */
  public int cells() {
    return cells;
  }

  /**
   * Sets the memories, which must not change until their last use. Values that depend only on them
   * are computed here, once.
   *
   * @param memory {@code (B, G, F)}; all numbers must be finite, also those of cells that do not
   *     count
   * @param lengths {@code I32 (B)}, each in [0, G]: that many cells of a memory count; null if all
   *     do
   */
  public void prepare(Tensor memory, @Nullable Tensor lengths) {
    this.memory = memory;
    this.lengths = lengths;
    backend.gemm(GemmOp.NT, 1, cellRows(memory), attention.memory().value(), 0, keys);
    if (back != null) {
      backend.fill(back.dKeys, 0);
      if (back.dMemory != null) {
        backend.fill(back.dMemory, 0);
      }
    }
  }

  private Tensor cellRows(Tensor ofMemory) {
    return ofMemory.reshape(batch * cells, attention.size().memory());
  }

  private Tensor memory() {
    if (memory == null) {
      throw new IllegalStateException("there is no memory yet: call prepare first");
    }
    return memory;
  }

  /**
   * Attends to the memory.
   *
   * @param t the step, in [0, T)
   * @param query {@code (B, H)}
   * @param z {@code (B, F)}; overwritten with {@code Σ p[i] a[i]}
   */
  public void attend(int t, Tensor query, Tensor z) {
    Step step = at[t];
    attention.query().forward(query, position);
    backend.embed(position, ofCell, step.compared);
    backend.axpy(1, keys, step.compared);
    backend.activate(Activation.TANH, step.compared, step.compared);
    backend.gemm(GemmOp.NT, 1, step.compared, attention.score().value(), 0, step.scores);
    backend.softmax(step.weights, lengths, step.weights);
    backend.batchedGemm(GemmOp.NN, 1, step.weightRows, memory(), 0, row(z));
  }

  /** Returns {@code (B, F)} as {@code B} matrices of one row. */
  private Tensor row(Tensor z) {
    return z.reshape(batch, 1, attention.size().memory());
  }

  /** Returns the attention weights p of step {@code t}, {@code (B, G)}, each row summing to 1. */
  public Tensor weights(int t) {
    return at[t].weights;
  }

  /**
   * Computes the backward pass of {@link #attend}. The gradients of the memory and its weights are
   * only collected; {@link #finish} sums them.
   *
   * @param query the query of step {@code t}
   * @param dz {@code (B, F)}; read
   * @param dQuery {@code (B, H)}; overwritten
   */
  public void backward(int t, Tensor query, Tensor dz, Tensor dQuery) {
    Backward own = requireBackward();
    Step step = at[t];
    Tensor dScores = step.dScores;
    if (dScores == null) {
      throw new IllegalStateException("a step without gradients");
    }
    Tensor dzRow = row(dz);
    Tensor dWeights = dScores.reshape(batch, cells);
    backend.batchedGemm(GemmOp.NT, 1, dzRow, memory(), 0, dScores.reshape(batch, 1, cells));
    if (own.dMemory != null) {
      backend.batchedGemm(GemmOp.TN, 1, step.weightRows, dzRow, 1, own.dMemory);
    }
    backend.softmaxBackward(step.weights, dWeights, dWeights);
    backend.gemm(GemmOp.NN, 1, dScores, attention.score().value(), 0, own.dCompared);
    backend.activateBackward(Activation.TANH, step.compared, own.dCompared, own.dCompared);
    backend.axpy(1, own.dCompared, own.dKeys);
    backend.fill(own.dPosition, 0);
    backend.embedBackward(own.dCompared, ofCell, own.dPosition);
    attention.query().backward(query, own.dPosition, dQuery);
  }

  /**
   * Accumulates the gradients of the memory's weights after {@link #backward} of the first {@code
   * steps} steps, and completes {@link #memoryGradient}.
   *
   * @param steps the number of steps since {@link #prepare}, at most {@code T}
   */
  public void finish(int steps) {
    Backward own = requireBackward();
    int asked = steps * batch * cells;
    Tensor dScores = own.allScores.slice(0, asked);
    Tensor compared = allCompared.slice(0, asked);
    backend.gemm(GemmOp.TN, 1, dScores, compared, 1, attention.score().gradient());
    Tensor rows = cellRows(memory());
    backend.gemm(GemmOp.TN, 1, own.dKeys, rows, 1, attention.memory().gradient());
    if (own.dMemory != null) {
      Tensor dRows = cellRows(own.dMemory);
      backend.gemm(GemmOp.NN, 1, own.dKeys, attention.memory().value(), 1, dRows);
    }
  }

  /**
   * Returns the gradient of the memory after {@link #finish}, {@code (B, G, F)}; zero at cells that
   * do not count.
   *
   * @throws IllegalStateException if it was not requested
   */
  public Tensor memoryGradient() {
    Tensor dMemory = requireBackward().dMemory;
    if (dMemory == null) {
      throw new IllegalStateException("the gradient of the memory was not requested");
    }
    return dMemory;
  }

  private Backward requireBackward() {
    if (back == null) {
      throw new IllegalStateException("this workspace was made without gradients");
    }
    return back;
  }

  @Override
  public void close() {
    owned.close();
  }
}
