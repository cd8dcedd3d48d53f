package org.lm4j.backend.reference;

import static org.lm4j.backend.reference.ReferenceArithmetic.row;

import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;

/** Rows of a table by id, and dropout. */
final class ReferenceEmbedding {
  private static final long LOW_32 = 0xFFFFFFFFL;

  private ReferenceEmbedding() {}

  static void embed(Tensor table, Tensor ids, Tensor out) {
    for (int i = 0; i < ids.shape().dim(0); i++) {
      int id = Doubles.getInt(ids.address(), i);
      Doubles.copy(row(table, id), row(out, i), table.shape().dim(1));
    }
  }

  static void embedBackward(Tensor dOut, Tensor ids, Tensor dTable) {
    for (int i = 0; i < ids.shape().dim(0); i++) {
      int id = Doubles.getInt(ids.address(), i);
      Doubles.addScaled(1, row(dOut, i), row(dTable, id), dTable.shape().dim(1));
    }
  }

  /**
   * Applies inverted dropout: Srivastava et al., "Dropout", JMLR 15, 2014, scaled while training so
   * that nothing needs scaling later.
   *
   * @param y address of the result, which may be that of {@code x}
   */
  static void dropout(Tensor x, long y, double p, RandomKey key, int site) {
    long from = x.address();
    int width = x.shape().dim(-1);
    long threshold = Philox.dropThreshold(p);
    for (long i = 0; i < x.size(); i++) {
      boolean kept = (Philox.bits(key, site, key.index(i, width)) & LOW_32) >= threshold;
      Doubles.set(y, i, kept ? Doubles.get(from, i) / (1 - p) : 0);
    }
  }

  /** Applies dropout in place to part of a flattened tensor, from element {@code first} on. */
  static void dropout(double[] x, long first, double p, RandomKey key, int site) {
    long threshold = Philox.dropThreshold(p);
    for (int i = 0; i < x.length; i++) {
      boolean kept = (Philox.bits(key, site, first + i) & LOW_32) >= threshold;
      x[i] = kept ? x[i] / (1 - p) : 0;
    }
  }
}
