package org.lm4j.backend.cuda;

import org.lm4j.compute.GemmOp;
import org.lm4j.compute.Precision;

/**
 * Records matrix products.
 *
 * <p>cuBLAS has column-major matrices, in which ours, row-major, are their own transposes: {@code C
 * = op(A) · op(B)} is asked for as {@code Cᵀ = op(B)ᵀ · op(A)ᵀ}, which needs no copy. With bf16 the
 * operands are copied rounded, their rows padded to whole groups of eight as tensor cores like
 * them; the result is float32.
 */
final class Products implements AutoCloseable {
  private static final int GROUP = 8; // elements of bfloat16 in 16 bytes
  private static final int BF16_BYTES = 2;

  private final CommandQueue queue;
  private final Launches launches;
  private final boolean rounds; // to bfloat16
  private final DeviceBuffer roundedA;
  private final DeviceBuffer roundedB;

  Products(CudaDevice device, Launches launches) {
    this.queue = device.queue();
    this.launches = launches;
    this.rounds = device.precision() == Precision.BF16;
    this.roundedA = new DeviceBuffer(device);
    this.roundedB = new DeviceBuffer(device);
  }

  /** A row-major matrix. */
  record Matrix(long address, int rows, int columns) {}

  /** {@code c = alpha · op(a) · op(b) + beta · c}. */
  void record(GemmOp op, float alpha, Matrix a, Matrix b, float beta, Matrix c) {
    if (c.rows == 0 || c.columns == 0) {
      return;
    }
    int depth = op.transposeA() ? a.rows : a.columns;
    boolean rounded = rounds && depth > 0;
    long left = rounded ? round(roundedA, a) : a.address;
    long right = rounded ? round(roundedB, b) : b.address;
    queue
        .begin(CommandList.GEMM, 0)
        .add(op.transposeB() ? Cublas.CUBLAS_OP_T : Cublas.CUBLAS_OP_N)
        .add(op.transposeA() ? Cublas.CUBLAS_OP_T : Cublas.CUBLAS_OP_N)
        .add(c.columns)
        .add(c.rows)
        .add(depth)
        .add(Float.floatToRawIntBits(alpha))
        .add(right)
        .add(stride(b, rounded))
        .add(left)
        .add(stride(a, rounded))
        .add(Float.floatToRawIntBits(beta))
        .add(c.address)
        .add(stride(c, false))
        .add(rounded ? Cublas.CUDA_R_16BF : Cublas.CUDA_R_32F);
  }

  /** Elements from row to row; at least one even of a matrix without columns. */
  private static int stride(Matrix x, boolean rounded) {
    int columns = Math.max(1, x.columns);
    return rounded ? (columns + GROUP - 1) / GROUP * GROUP : columns;
  }

  private long round(DeviceBuffer into, Matrix x) {
    int stride = stride(x, true);
    long target = into.at((long) x.rows * stride * BF16_BYTES);
    launches.toBf16(x.address, target, x.rows, x.columns, stride);
    return target;
  }

  @Override
  public void close() {
    roundedA.close();
    roundedB.close();
  }
}
