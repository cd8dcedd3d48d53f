package org.lm4j.backend.cuda.device;

import org.lm4j.backend.cuda.cublas.Cublas;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.Precision;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Records matrix products.
 *
 * <p>cuBLAS has column-major matrices, in which ours, row-major, are their own transposes: {@code C
 * = op(A) · op(B)} is asked for as {@code Cᵀ = op(B)ᵀ · op(A)ᵀ}, which needs no copy. With bf16 the
 * operands are copied rounded, their rows padded to whole groups of eight as tensor cores like
 * them, once for products that follow each other; the result is float32.
 */
public final class Products implements AutoCloseable {
  private static final int GROUP = 8; // elements of bfloat16 in 16 bytes

  private final CommandQueue queue;
  private final Launches launches;
  private final boolean rounds; // to bfloat16
  private final RoundedCopies copies;

  /** Creates the products of a device. */
  public Products(CudaDevice device, Launches launches) {
    this.queue = device.queue();
    this.launches = launches;
    this.rounds = device.precision() == Precision.BF16;
    this.copies = new RoundedCopies(device);
  }

  /** {@code count} row-major matrices, one behind the other. */
  private record Matrices(long address, int count, int rows, int columns) {
    static Matrices of(Tensor x) {
      Shape shape = x.shape();
      int rank = shape.rank();
      int count = rank == 2 ? 1 : shape.dim(0);
      return new Matrices(x.address(), count, shape.dim(rank - 2), shape.dim(rank - 1));
    }

    RoundedCopies.Source source() {
      return new RoundedCopies.Source(address, (long) count * rows, columns);
    }

    boolean isEmpty() {
      return count == 0 || rows == 0 || columns == 0;
    }
  }

  /**
   * Computes {@code c = alpha · op(a) · op(b) + beta · c} of matrices, or of each of as many
   * matrices.
   *
   * @param a of rank 2 or 3, as are {@code b} and {@code c}
   */
  public void record(GemmOp op, float alpha, Tensor a, Tensor b, float beta, Tensor c) {
    record(op, alpha, Matrices.of(a), Matrices.of(b), beta, Matrices.of(c));
  }

  private void record(GemmOp op, float alpha, Matrices a, Matrices b, float beta, Matrices c) {
    if (c.isEmpty()) {
      return;
    }
    int depth = op.transposeA() ? a.rows : a.columns;
    if (depth == 0) { // what libraries do then varies
      scale(c, beta);
      return;
    }
    if (rounds) {
      copies.begin();
    }
    long left = rounds ? round(a) : a.address;
    long right = rounds ? round(b) : b.address;
    boolean one = c.count == 1;
    CommandList command = queue.begin(one ? CommandList.GEMM : CommandList.BATCHED_GEMM, 0);
    command
        .add(op.transposeB() ? Cublas.CUBLAS_OP_T : Cublas.CUBLAS_OP_N)
        .add(op.transposeA() ? Cublas.CUBLAS_OP_T : Cublas.CUBLAS_OP_N)
        .add(c.columns)
        .add(c.rows)
        .add(depth)
        .add(Float.floatToRawIntBits(alpha))
        .add(right)
        .add(stride(b, rounds))
        .add(left)
        .add(stride(a, rounds))
        .add(Float.floatToRawIntBits(beta))
        .add(c.address)
        .add(stride(c, false))
        .add(rounds ? Cublas.CUDA_R_16BF : Cublas.CUDA_R_32F);
    if (!one) {
      command.add(apart(b, rounds)).add(apart(a, rounds)).add(apart(c, false)).add(c.count);
    }
    if (rounds) {
      copies.written(c.source());
      copies.keep();
    }
  }

  /** Records {@code c = beta · c}, where a product has no terms. */
  private void scale(Matrices c, float beta) {
    long n = (long) c.count * c.rows * c.columns;
    if (beta == 0) { // whatever c holds
      launches.fill(c.address, 0, n);
    } else {
      launches.scale(beta, c.address, n);
    }
  }

  /** Elements from row to row. */
  private static int stride(Matrices x, boolean rounded) {
    return rounded ? (x.columns + GROUP - 1) / GROUP * GROUP : x.columns;
  }

  /** Elements from matrix to matrix. */
  private static long apart(Matrices x, boolean rounded) {
    return (long) x.rows * stride(x, rounded);
  }

  private long round(Matrices x) {
    long known = copies.find(x.source());
    if (known != 0) {
      return known;
    }
    int stride = stride(x, true);
    long target = copies.place(x.source(), stride);
    launches.toBf16(x.address, target, (long) x.count * x.rows, x.columns, stride);
    return target;
  }

  // --- Results of losses ------------------------------------------------------------------------

  /**
   * Returns where a loss writes the rounded copy of the gradient with which it overwrites its
   * logits, {@link #stride} elements a row, so that products which follow need not round it; 0
   * where they do not. The caller records the loss, then calls {@link #keep}.
   *
   * @param logits {@code (N, V)}
   * @param losses {@code (N)}, which it writes too
   */
  public long copyOf(Tensor logits, Tensor losses) {
    Matrices gradient = Matrices.of(logits);
    if (!rounds || gradient.isEmpty()) {
      return 0;
    }
    copies.begin();
    copies.written(gradient.source());
    copies.written(new RoundedCopies.Source(losses.address(), losses.size(), 1));
    return copies.place(gradient.source(), stride(gradient, true));
  }

  /** Returns the elements from row to row of a rounded copy. */
  public int stride(Tensor x) {
    return stride(Matrices.of(x), true);
  }

  /** Lets products use the copies there are after the command recorded last. */
  public void keep() {
    if (rounds) {
      copies.keep();
    }
  }

  @Override
  public void close() {
    copies.close();
  }
}
