package org.lm4j.backend.cuda.device;

import org.lm4j.backend.cuda.driver.Kernel;
import org.lm4j.backend.cuda.driver.KernelModule;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.Tensor;

/** Records launches of our kernels; their arguments are documented in {@code native/cuda}. */
public final class Launches implements AutoCloseable {
  /** Words of a launch before its arguments: function, blocks, threads of a block. */
  static final int HEAD = 3;

  private static final int BLOCK = KernelModule.BLOCK;
  private static final long MOST_BLOCKS = Integer.MAX_VALUE;
  private static final long NULL = 0;
  private static final long SUM_AT_ONCE = 65536; // elements one block sums
  private static final long MOST_PARTIALS = 1024;
  private static final long SHORTEST_PARTIAL = 4096; // elements of one
  private static final long SLICE_ROWS = 128; // rows of one partial column sum
  private static final long TILE = 32; // columns of one block of those
  private static final int DROPOUT_SCALARS = 4;

  private final CommandQueue queue;
  private final KernelModule kernels;
  private final DeviceBuffer partials;
  private final CopyLaunches copies = new CopyLaunches(this);

  /** Creates launches on a device. */
  public Launches(CudaDevice device) {
    this.queue = device.queue();
    this.kernels = device.kernels();
    this.partials = new DeviceBuffer(device);
  }

  /** Returns launches that copy parts of tensors. */
  public CopyLaunches copies() {
    return copies;
  }

  private CommandList launch(Kernel kernel, long blocks, int threads, int scalars) {
    return queue
        .begin(CommandList.LAUNCH, (long) scalars * Long.BYTES)
        .add(kernels.function(kernel))
        .add(blocks)
        .add(threads);
  }

  /** Begins the launch of a kernel over {@code n} elements; its arguments follow. */
  CommandList linear(Kernel kernel, long n, int scalars) {
    return launch(kernel, kernels.linear(n), BLOCK, scalars);
  }

  /** Begins the launch of a kernel over rows; its arguments follow. */
  CommandList rows(Kernel kernel, long rows, long columns, int scalars) {
    return launch(kernel, kernels.rows(rows, columns), kernels.rowsBlock(columns), scalars);
  }

  /** Writes the parameters of the command just begun and returns their address. */
  long scalars(double... values) {
    long at = queue.take((long) values.length * Double.BYTES);
    for (int i = 0; i < values.length; i++) {
      queue.ring().put(at + (long) i * Double.BYTES, values[i]);
    }
    return at;
  }

  // --- Elements ---------------------------------------------------------------------------------

  /** Records {@code y += alpha · x}. */
  public void axpy(double alpha, long x, long y, long n) {
    if (n > 0) {
      linear(Kernel.AXPY, n, 1).add(x).add(y).add(n).add(queue.scalar(alpha));
    }
  }

  /** Records {@code x = alpha · x}. */
  public void scale(double alpha, long x, long n) {
    if (n > 0) {
      linear(Kernel.SCALE, n, 1).add(x).add(n).add(queue.scalar(alpha));
    }
  }

  /** Records {@code z = x ⊙ y}. */
  public void multiply(long x, long y, long z, long n) {
    if (n > 0) {
      linear(Kernel.MULTIPLY, n, 0).add(x).add(y).add(z).add(n);
    }
  }

  /** Records the clamping of elements to {@code [-limit, limit]}. */
  public void clamp(double limit, long g, long n) {
    if (n > 0) {
      linear(Kernel.CLAMP, n, 1).add(g).add(n).add(queue.scalar(limit));
    }
  }

  /** Records {@code y = f(x)}. */
  public void activate(Activation f, long x, long y, long n) {
    if (n > 0) {
      linear(Kernel.ACTIVATE, n, 0).add(x).add(y).add(n).add(number(f));
    }
  }

  /** Records {@code dx = dy · f'(x)}, from {@code y = f(x)}. */
  public void activateBackward(Activation f, long y, long dy, long dx, long n) {
    if (n > 0) {
      linear(Kernel.ACTIVATE_BACKWARD, n, 0).add(y).add(dy).add(dx).add(n).add(number(f));
    }
  }

  /** Returns the kernels' number for an activation function. */
  private static int number(Activation f) {
    return switch (f) {
      case SIGMOID -> 0;
      case TANH -> 1;
      case RELU -> 2;
    };
  }

  /** Rounds {@code x} to {@code y (rows, columns)}, whose rows are {@code stride} apart. */
  public void toBf16(long x, long y, long rows, long columns, long stride) {
    if (rows > 0 && columns > 0) {
      cast(Kernel.TO_BF16, rows, columns)
          .add(x)
          .add(y)
          .add(rows)
          .add(columns)
          .add(columns)
          .add(stride)
          .add(NULL);
    }
  }

  /** Computes {@code y = x}, or {@code y += x}, of {@code n} elements. */
  public void fromBf16(long x, long y, long n, boolean accumulate) {
    if (n > 0) {
      cast(Kernel.FROM_BF16, 1, n)
          .add(x)
          .add(y)
          .add(1)
          .add(n)
          .add(n)
          .add(n)
          .add(accumulate ? 1 : 0)
          .add(NULL);
    }
  }

  private CommandList cast(Kernel kernel, long rows, long columns) {
    return rows == 1 ? linear(kernel, columns, 0) : rows(kernel, rows, columns, 0);
  }

  // --- Rows and sums ----------------------------------------------------------------------------

  /** Records the addition of a bias to each row. */
  public void addBias(long bias, long y, long rows, long columns) {
    if (rows > 0 && columns > 0) {
      rows(Kernel.ADD_BIAS, rows, columns, 0).add(bias).add(y).add(rows).add(columns);
    }
  }

  /** Records {@code db +=} the column sums of {@code dy}. */
  public void biasGradient(long dy, long db, long rows, long columns) {
    if (rows == 0 || columns == 0) {
      return;
    }
    long slices = (rows + SLICE_ROWS - 1) / SLICE_ROWS;
    long tiles = (columns + TILE - 1) / TILE;
    long scratch = partials.at(slices * columns * Float.BYTES);
    launch(Kernel.BIAS_PARTIALS, Math.min(slices * tiles, MOST_BLOCKS), BLOCK, 0)
        .add(dy)
        .add(scratch)
        .add(rows)
        .add(columns);
    linear(Kernel.BIAS_GRADIENT, 4 * columns, 0).add(scratch).add(db).add(rows).add(columns);
  }

  /** Records the sum of {@code n} elements. */
  public void sum(long x, long out, long n) {
    if (n <= SUM_AT_ONCE) {
      launch(Kernel.SUM, 1, BLOCK, 0).add(x).add(out).add(n);
      return;
    }
    long scratch = partials.at(MOST_PARTIALS * Double.BYTES);
    launch(Kernel.SUM_PARTIALS, partials(n), BLOCK, 0).add(x).add(scratch).add(n);
    launch(Kernel.SUM_FINISH, 1, BLOCK, 0).add(scratch).add(out).add(n);
  }

  /**
   * Records a norm and the factor that clips it, see {@link
   * org.lm4j.compute.update.OptimizerOperations}.
   */
  public void gradientNorm(double maxNorm, long g, long out, long n) {
    long scratch = partials.at(MOST_PARTIALS * Double.BYTES);
    launch(Kernel.SQUARE_PARTIALS, partials(n), BLOCK, 0).add(g).add(scratch).add(n);
    launch(Kernel.GRADIENT_NORM, 1, BLOCK, 1)
        .add(scratch)
        .add(out)
        .add(n)
        .add(queue.scalar(maxNorm));
  }

  /** Returns the number of partial sums over {@code n} elements. */
  private static long partials(long n) {
    long share = (n + MOST_PARTIALS - 1) / MOST_PARTIALS;
    long length = Math.max(SHORTEST_PARTIAL, (share + 3) / 4 * 4);
    return Math.max(1, (n + length - 1) / length);
  }

  // --- Embedding, dropout, loss, softmax --------------------------------------------------------

  /** Computes {@code out (N, D) = table (V, D)} at {@code ids (N)}. */
  public void embed(Tensor table, Tensor ids, long out) {
    long n = ids.size();
    int width = table.shape().dim(1);
    if (n > 0 && width > 0) {
      rows(Kernel.EMBED, n, width, 0)
          .add(table.address())
          .add(ids.address())
          .add(out)
          .add(n)
          .add(width)
          .add(table.shape().dim(0));
    }
  }

  /** Adds {@code dOut (N, D)} to {@code dTable (V, D)} at {@code ids (N)}. */
  public void embedBackward(long dOut, Tensor ids, Tensor dTable) {
    long n = ids.size();
    int width = dTable.shape().dim(1);
    if (n > 0 && width > 0) {
      long places = Math.min(n * ((width + BLOCK - 1) / BLOCK), MOST_BLOCKS);
      launch(Kernel.EMBED_BACKWARD, places, BLOCK, 0)
          .add(dOut)
          .add(ids.address())
          .add(dTable.address())
          .add(n)
          .add(width)
          .add(dTable.shape().dim(0));
    }
  }

  /** How much is dropped, and by which numbers. */
  public record Drop(double p, RandomKey key, int site) {}

  /** Applies dropout to {@code n} floats, or bfloat16 where {@code rounded}, in rows of a width. */
  public void dropout(boolean rounded, long x, long y, long n, int width, Drop drop) {
    if (n == 0) {
      return;
    }
    RandomKey.Rows rows = drop.key.rows();
    Kernel kernel = rounded ? Kernel.DROPOUT_BF16 : Kernel.DROPOUT;
    Kernel ofRows = rounded ? Kernel.DROPOUT_ROWS_BF16 : Kernel.DROPOUT_ROWS;
    CommandList command = linear(rows == null ? kernel : ofRows, n, DROPOUT_SCALARS);
    long scalars = queue.take((long) DROPOUT_SCALARS * Long.BYTES);
    ParameterRing ring = queue.ring();
    ring.put(scalars, drop.key.seed());
    ring.put(scalars + Long.BYTES, drop.key.step());
    ring.put(scalars + 2 * Long.BYTES, Philox.dropThreshold(drop.p));
    ring.put(scalars + 3 * Long.BYTES, 1 / (1 - drop.p));
    command.add(x).add(y).add(n).add(drop.site).add(scalars);
    if (rows != null) {
      command.add(rows.first()).add(rows.count()).add(rows.of()).add(width);
    }
  }

  /** A loss over {@code logits (rows, classes)}. */
  public record Loss(long logits, long targets, long loss, long rows, long classes, int ignore) {}

  /**
   * Returns the address of a bias that the command recorded last would add to the logits, and takes
   * that command back: the loss adds the bias as it reads the logits. 0 where there is none.
   */
  public long takeBias(Loss of) {
    if (of.rows == 0 || of.classes == 0) {
      return NULL;
    }
    return queue.takeBack(
        CommandList.LAUNCH,
        HEAD,
        kernels.function(Kernel.ADD_BIAS),
        kernels.rows(of.rows, of.classes),
        kernels.rowsBlock(of.classes),
        NULL,
        of.logits,
        of.rows,
        of.classes);
  }

  /**
   * Records softmax, loss and gradient.
   *
   * @param bias added to the logits; 0 for none
   * @param copy gets the gradient in bfloat16, its rows {@code copyStride} elements apart; 0 for
   *     none
   */
  public void softmaxCrossEntropy(
      Loss of, long bias, long copy, long copyStride, double gradientScale) {
    if (of.rows > 0) {
      rows(Kernel.SOFTMAX_CROSS_ENTROPY, of.rows, of.classes, 1)
          .add(of.logits)
          .add(bias)
          .add(copy)
          .add(of.targets)
          .add(of.loss)
          .add(of.rows)
          .add(of.classes)
          .add(copy == NULL ? 0 : copyStride)
          .add(of.ignore)
          .add(queue.scalar(gradientScale));
    }
  }

  /** Records the losses alone; {@code bias} is added to the logits, 0 for none. */
  public void crossEntropy(Loss of, long bias) {
    if (of.rows > 0) {
      rows(Kernel.CROSS_ENTROPY, of.rows, of.classes, 0)
          .add(of.logits)
          .add(bias)
          .add(of.targets)
          .add(of.loss)
          .add(of.rows)
          .add(of.classes)
          .add(of.ignore);
    }
  }

  /** Records the hinge loss and its gradient. */
  public void hinge(Loss of, double gradientScale) {
    if (of.rows > 0) {
      rows(Kernel.HINGE, of.rows, of.classes, 1)
          .add(of.logits)
          .add(of.targets)
          .add(of.loss)
          .add(of.rows)
          .add(of.classes)
          .add(of.ignore)
          .add(queue.scalar(gradientScale));
    }
  }

  /** Computes the softmax of each row; {@code lengths} is 0 where all numbers of all rows count. */
  public void softmax(long x, long lengths, long y, long rows, long columns) {
    if (rows > 0 && columns > 0) {
      rows(Kernel.SOFTMAX, rows, columns, 0).add(x).add(lengths).add(y).add(rows).add(columns);
    }
  }

  /** Records the gradient of a softmax of rows. */
  public void softmaxBackward(long y, long dy, long dx, long rows, long columns) {
    if (rows > 0 && columns > 0) {
      rows(Kernel.SOFTMAX_BACKWARD, rows, columns, 0).add(y).add(dy).add(dx).add(rows).add(columns);
    }
  }

  // --- Memory -----------------------------------------------------------------------------------

  /** Records a copy of bytes. */
  public void copy(long source, long target, long bytes) {
    if (bytes > 0) {
      queue.begin(CommandList.COPY, 0).add(target).add(source).add(bytes);
    }
  }

  /** Sets {@code n} 32-bit words. */
  public void fill(long target, int word, long n) {
    if (n > 0) {
      queue.begin(CommandList.FILL, 0).add(target).add(word & 0xFFFFFFFFL).add(n);
    }
  }

  /**
   * Copies ids from the host, which may change them as soon as this returns.
   *
   * @param count at most {@link ParameterRing#SLOT_BYTES} / 4
   */
  public void ids(int[] ids, int from, int count, long target) {
    if (count == 0) {
      return;
    }
    long bytes = (long) count * Integer.BYTES;
    CommandList command = queue.begin(CommandList.COPY, bytes);
    long at = queue.take(bytes);
    queue.ring().put(at, ids, from, count);
    command.add(target).add(at).add(bytes);
  }

  @Override
  public void close() {
    partials.close();
  }
}
