package org.lm4j.backend.cpu.job;

import java.lang.foreign.MemorySegment;
import org.lm4j.backend.cpu.kernel.PlainMemory;
import org.lm4j.backend.cpu.kernel.choice.Kernels;
import org.lm4j.tensor.Memory;

/**
 * Operations on rows of a matrix, shared among the team: by rows where each row is written once, by
 * columns where several rows are added up, so that the order of additions never depends on the
 * number of threads.
 */
public final class RowJob extends SlicedJob {
  private enum Op {
    ADD_BIAS,
    BIAS_GRADIENT,
    EMBED,
    EMBED_BACKWARD,
    SEQUENCES,
    LOSS,
    LOSS_GRADIENT,
    HINGE,
    SOFTMAX,
    SOFTMAX_BACKWARD
  }

  private static final int LINE = 16; // floats of a cache line
  private static final int COSTLY = 8; // an exponential against a copy

  private Op op = Op.EMBED;
  private long rows;
  private long rowBytes;
  private int width;
  private long table;
  private long matrix;
  private long ids;
  private long loss;
  private long gradient;
  private int batch;
  private int sourceSteps;
  private boolean reversed;
  private int ignore;
  private float scale;

  RowJob(WorkerTeam team) {
    super(team);
  }

  private void set(Op what, long m, int n, long tableAt, long matrixAt) {
    op = what;
    rows = m;
    width = n;
    rowBytes = (long) n * Float.BYTES;
    table = tableAt;
    matrix = matrixAt;
  }

  /** Adds {@code bias (n)} to each row of {@code y (m, n)}. */
  public void addBias(long m, int n, long bias, long y) {
    set(Op.ADD_BIAS, m, n, bias, y);
    start(m, 1, m * n);
  }

  /** Adds to {@code db (n)} the column sums of {@code dy (m, n)}, {@code stride} floats a row. */
  public void biasGradient(long m, int n, long dy, int stride, long db) {
    set(Op.BIAS_GRADIENT, m, n, db, dy);
    rowBytes = (long) stride * Float.BYTES;
    start(n, LINE, m * n);
  }

  /** Looks up {@code out[i] = table[ids[i]]}. */
  public void embed(long m, int n, long tableAt, long idsAt, long out) {
    set(Op.EMBED, m, n, tableAt, out);
    ids = idsAt;
    start(m, 1, m * n);
  }

  /** Adds {@code dTable[ids[i]] += dOut[i]}. */
  public void embedBackward(long m, int n, long dOut, long idsAt, long dTable) {
    set(Op.EMBED_BACKWARD, m, n, dTable, dOut);
    ids = idsAt;
    start(n, LINE, m * n);
  }

  /**
   * Sets up {@code target (m, b, n)} from {@code source (s, b, n)}, see {@code
   * Backend.copySequences}.
   */
  public RowJob sequences(int s, int b, boolean backwards) {
    sourceSteps = s;
    batch = b;
    reversed = backwards;
    return this;
  }

  /** Copies the {@link #sequences}. */
  public void copySequences(long m, int n, long source, long lengths, long target) {
    set(Op.SEQUENCES, m * batch, n, source, target);
    ids = lengths;
    start(rows, 1, rows * n);
  }

  /**
   * Computes the softmax cross-entropy of {@code logits (m, n)}, with the gradient in their place
   * if wanted.
   */
  public void loss(boolean gradient, long m, int n, long logits, long targets) {
    set(gradient ? Op.LOSS_GRADIENT : Op.LOSS, m, n, 0, logits);
    ids = targets;
    start(m, 1, m * n * COSTLY);
  }

  /**
   * Computes the multiclass hinge loss of {@code scores (m, n)}, with the gradient in their place.
   */
  public void hinge(long m, int n, long scores, long targets) {
    set(Op.HINGE, m, n, 0, scores);
    ids = targets;
    start(m, 1, m * n);
  }

  /**
   * Computes the softmax of {@code x (m, n)} into {@code y}; {@code lengths} is 0 where all count.
   */
  public void softmax(long m, int n, long x, long lengths, long y) {
    set(Op.SOFTMAX, m, n, x, y);
    ids = lengths;
    start(m, 1, m * n * COSTLY);
  }

  /** Computes {@code dx = y ⊙ (dy - Σ y dy)} by row. */
  public void softmaxBackward(long m, int n, long y, long dy, long dx) {
    set(Op.SOFTMAX_BACKWARD, m, n, y, dx);
    gradient = dy;
    start(m, 1, m * n);
  }

  /**
   * Sets where {@link #loss} and {@link #hinge} write, which target they ignore, and the scale of
   * the gradient.
   */
  public RowJob lossTo(long losses, int ignored, float gradientScale) {
    loss = losses;
    ignore = ignored;
    scale = gradientScale;
    return this;
  }

  private int id(long i) {
    return PlainMemory.getInt(ids, i);
  }

  @Override
  protected void slice(long from, long to) {
    switch (op) {
      case ADD_BIAS -> {
        for (long i = from; i < to; i++) {
          Kernels.ELEMENTS.axpy(width, 1, table, matrix + i * rowBytes);
        }
      }
      case BIAS_GRADIENT -> {
        long at = from * Float.BYTES;
        for (long i = 0; i < rows; i++) {
          Kernels.ELEMENTS.axpy(to - from, 1, matrix + i * rowBytes + at, table + at);
        }
      }
      case EMBED -> {
        for (long i = from; i < to; i++) {
          long entry = table + id(i) * rowBytes;
          MemorySegment.copy(Memory.ALL, entry, Memory.ALL, matrix + i * rowBytes, rowBytes);
        }
      }
      case EMBED_BACKWARD -> {
        long at = from * Float.BYTES;
        for (long i = 0; i < rows; i++) {
          long entry = table + id(i) * rowBytes;
          Kernels.ELEMENTS.axpy(to - from, 1, matrix + i * rowBytes + at, entry + at);
        }
      }
      case SEQUENCES -> {
        for (long i = from; i < to; i++) {
          stepOfSequence(i / batch, i % batch, matrix + i * rowBytes);
        }
      }
      case LOSS, LOSS_GRADIENT, HINGE -> {
        for (long i = from; i < to; i++) {
          PlainMemory.set(loss, i, lossOfRow(matrix + i * rowBytes, id(i)));
        }
      }
      case SOFTMAX -> {
        for (long i = from; i < to; i++) {
          softmaxOfRow(table + i * rowBytes, ids == 0 ? width : id(i), matrix + i * rowBytes);
        }
      }
      case SOFTMAX_BACKWARD -> {
        for (long i = from; i < to; i++) {
          long at = i * rowBytes;
          Kernels.LOSS.softmaxBackward(width, table + at, gradient + at, matrix + at);
        }
      }
    }
  }

  private void stepOfSequence(long t, long b, long target) {
    int length = id(b);
    long step = reversed ? length - 1 - t : t;
    if (t < length && step < sourceSteps) {
      long source = table + (step * batch + b) * rowBytes;
      MemorySegment.copy(Memory.ALL, source, Memory.ALL, target, rowBytes);
    } else {
      Kernels.ELEMENTS.fill(width, 0, target);
    }
  }

  private float lossOfRow(long row, int target) {
    if (target == ignore) {
      if (op != Op.LOSS) {
        Kernels.ELEMENTS.fill(width, 0, row);
      }
      return 0;
    }
    return switch (op) {
      case LOSS -> Kernels.LOSS.crossEntropy(width, row, target);
      case HINGE -> Kernels.LOSS.hinge(width, row, target, scale);
      default -> Kernels.LOSS.crossEntropyGradient(width, row, target, scale);
    };
  }

  private void softmaxOfRow(long x, int counted, long y) {
    if (x != y) {
      MemorySegment.copy(Memory.ALL, x, Memory.ALL, y, (long) counted * Float.BYTES);
    }
    Kernels.ELEMENTS.fill(width - counted, 0, y + (long) counted * Float.BYTES);
    if (counted > 0) {
      Kernels.LOSS.softmax(counted, y);
    }
  }
}
