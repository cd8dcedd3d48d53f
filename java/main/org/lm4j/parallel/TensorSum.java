package org.lm4j.parallel;

import org.lm4j.compute.update.SparseGradient;
import org.lm4j.tensor.Tensor;

/**
 * Sums tensors of a backend over all ranks, so that every rank has the sums, with the same bits.
 * Every rank calls the same methods in the same order.
 */
public interface TensorSum extends AutoCloseable {
  /**
   * Replaces a tensor by its sum over all ranks.
   *
   * @param x of the backend, as large on every rank
   * @throws RanksException if the connection is broken
   */
  void sum(Tensor x);

  /**
   * Announces a part of the tensor that is summed next, all or as a gradient: it is as it will be
   * then, so that its sum may begin while the rest is computed. Every rank announces the same parts
   * in the same order.
   *
   * @param part disjoint from those before, and from the tables of a gradient
   * @throws RanksException if the connection is broken
   */
  default void begin(Tensor part) {}

  /**
   * Replaces a gradient by its sum over all ranks; rows of tables that no rank has touched need not
   * be exchanged.
   *
   * @param gradient with the rows that any of the ranks has touched, in the same order on each
   * @throws RanksException if the connection is broken
   */
  void sum(SparseGradient gradient);

  @Override
  void close();
}
