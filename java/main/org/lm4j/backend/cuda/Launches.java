package org.lm4j.backend.cuda;

import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.UpdateRule;

/** Records launches of our kernels; their arguments are documented in {@code native/cuda}. */
final class Launches implements AutoCloseable {
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

  Launches(CudaDevice device) {
    this.queue = device.queue();
    this.kernels = device.kernels();
    this.partials = new DeviceBuffer(device);
  }

  private CommandList launch(Kernel kernel, long blocks, int threads, int scalars) {
    return queue
        .begin(CommandList.LAUNCH, (long) scalars * Long.BYTES)
        .add(kernels.function(kernel))
        .add(blocks)
        .add(threads);
  }

  private CommandList linear(Kernel kernel, long n, int scalars) {
    return launch(kernel, kernels.linear(n), BLOCK, scalars);
  }

  private CommandList rows(Kernel kernel, long rows, long columns, int scalars) {
    return launch(kernel, kernels.rows(rows, columns), kernels.rowsBlock(columns), scalars);
  }

  // --- Elements ---------------------------------------------------------------------------------

  void axpy(double alpha, long x, long y, long n) {
    if (n > 0) {
      linear(Kernel.AXPY, n, 1).add(x).add(y).add(n).add(queue.scalar(alpha));
    }
  }

  void scale(double alpha, long x, long n) {
    if (n > 0) {
      linear(Kernel.SCALE, n, 1).add(x).add(n).add(queue.scalar(alpha));
    }
  }

  void multiply(long x, long y, long z, long n) {
    if (n > 0) {
      linear(Kernel.MULTIPLY, n, 0).add(x).add(y).add(z).add(n);
    }
  }

  void clamp(double limit, long g, long n) {
    if (n > 0) {
      linear(Kernel.CLAMP, n, 1).add(g).add(n).add(queue.scalar(limit));
    }
  }

  void activate(int function, long x, long y, long n) {
    if (n > 0) {
      linear(Kernel.ACTIVATE, n, 0).add(x).add(y).add(n).add(function);
    }
  }

  void activateBackward(int function, long y, long dy, long dx, long n) {
    if (n > 0) {
      linear(Kernel.ACTIVATE_BACKWARD, n, 0).add(y).add(dy).add(dx).add(n).add(function);
    }
  }

  /** {@code y (rows, columns)}, its rows {@code stride} apart, is {@code x} rounded. */
  void toBf16(long x, long y, long rows, long columns, long stride) {
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

  /** {@code y = x}, or {@code y += x}, of {@code n} elements. */
  void fromBf16(long x, long y, long n, boolean accumulate) {
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

  void addBias(long bias, long y, long rows, long columns) {
    if (rows > 0 && columns > 0) {
      rows(Kernel.ADD_BIAS, rows, columns, 0).add(bias).add(y).add(rows).add(columns);
    }
  }

  void biasGradient(long dy, long db, long rows, long columns) {
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

  void sum(long x, long out, long n) {
    if (n <= SUM_AT_ONCE) {
      launch(Kernel.SUM, 1, BLOCK, 0).add(x).add(out).add(n);
      return;
    }
    long scratch = partials.at(MOST_PARTIALS * Double.BYTES);
    launch(Kernel.SUM_PARTIALS, partials(n), BLOCK, 0).add(x).add(scratch).add(n);
    launch(Kernel.SUM_FINISH, 1, BLOCK, 0).add(scratch).add(out).add(n);
  }

  void gradientNorm(double maxNorm, long g, long out, long n) {
    long scratch = partials.at(MOST_PARTIALS * Double.BYTES);
    launch(Kernel.SQUARE_PARTIALS, partials(n), BLOCK, 0).add(g).add(scratch).add(n);
    launch(Kernel.GRADIENT_NORM, 1, BLOCK, 1)
        .add(scratch)
        .add(out)
        .add(n)
        .add(queue.scalar(maxNorm));
  }

  /** Number of partial sums over {@code n} elements. */
  private static long partials(long n) {
    long share = (n + MOST_PARTIALS - 1) / MOST_PARTIALS;
    long length = Math.max(SHORTEST_PARTIAL, (share + 3) / 4 * 4);
    return Math.max(1, (n + length - 1) / length);
  }

  // --- Embedding, dropout and loss --------------------------------------------------------------

  /** {@code out (n, width) = table (vocabulary, width)} at {@code ids}. */
  void embed(long table, long ids, long out, long n, long width, long vocabulary) {
    if (n > 0 && width > 0) {
      rows(Kernel.EMBED, n, width, 0)
          .add(table)
          .add(ids)
          .add(out)
          .add(n)
          .add(width)
          .add(vocabulary);
    }
  }

  void embedBackward(long dOut, long ids, long dTable, long n, long width, long vocabulary) {
    if (n > 0 && width > 0) {
      long places = Math.min(n * ((width + BLOCK - 1) / BLOCK), MOST_BLOCKS);
      launch(Kernel.EMBED_BACKWARD, places, BLOCK, 0)
          .add(dOut)
          .add(ids)
          .add(dTable)
          .add(n)
          .add(width)
          .add(vocabulary);
    }
  }

  /** Of floats, or of bfloat16 where {@code rounded}. */
  void dropout(boolean rounded, long x, long y, long n, double p, RandomKey key, int site) {
    if (n == 0) {
      return;
    }
    Kernel kernel = rounded ? Kernel.DROPOUT_BF16 : Kernel.DROPOUT;
    CommandList command = linear(kernel, n, DROPOUT_SCALARS);
    long scalars = queue.take((long) DROPOUT_SCALARS * Long.BYTES);
    ParameterRing ring = queue.ring();
    ring.put(scalars, key.seed());
    ring.put(scalars + Long.BYTES, key.step());
    ring.put(scalars + 2 * Long.BYTES, Philox.dropThreshold(p));
    ring.put(scalars + 3 * Long.BYTES, 1 / (1 - p));
    command.add(x).add(y).add(n).add(site).add(scalars);
  }

  /** A loss over {@code logits (rows, classes)}. */
  record Loss(long logits, long targets, long loss, long rows, long classes, int ignore) {}

  void softmaxCrossEntropy(Loss of, double gradientScale) {
    if (of.rows > 0) {
      rows(Kernel.SOFTMAX_CROSS_ENTROPY, of.rows, of.classes, 1)
          .add(of.logits)
          .add(NULL)
          .add(NULL)
          .add(of.targets)
          .add(of.loss)
          .add(of.rows)
          .add(of.classes)
          .add(0)
          .add(of.ignore)
          .add(queue.scalar(gradientScale));
    }
  }

  void crossEntropy(Loss of) {
    if (of.rows > 0) {
      rows(Kernel.CROSS_ENTROPY, of.rows, of.classes, 0)
          .add(of.logits)
          .add(NULL)
          .add(of.targets)
          .add(of.loss)
          .add(of.rows)
          .add(of.classes)
          .add(of.ignore);
    }
  }

  // --- Updates ----------------------------------------------------------------------------------

  /** Where the values of an optimizer's step lie; 0 for what the rule has not. */
  record Buffers(long w, long g, long first, long second, long gradientScale, long n) {}

  void update(UpdateRule rule, Buffers of, double learningRate, long step) {
    if (of.n == 0) {
      return;
    }
    double decay = rule.weightDecay();
    switch (rule) {
      case UpdateRule.Sgd sgd -> {
        CommandList command = linear(Kernel.UPDATE_SGD, of.n, 4).add(of.w).add(of.g).add(of.first);
        scaled(command, of)
            .add(sgd.nesterov() ? 1 : 0)
            .add(scalars(learningRate, decay, sgd.momentum(), step == 1 ? 1 : 0));
      }
      case UpdateRule.RmsProp rms -> {
        CommandList command =
            linear(Kernel.UPDATE_RMSPROP, of.n, 5).add(of.w).add(of.g).add(of.first);
        double alpha = rms.alpha();
        scaled(command, of).add(scalars(learningRate, decay, alpha, 1 - alpha, rms.epsilon()));
      }
      case UpdateRule.AdaGrad ada -> {
        CommandList command =
            linear(Kernel.UPDATE_ADAGRAD, of.n, 3).add(of.w).add(of.g).add(of.first);
        scaled(command, of).add(scalars(learningRate, decay, ada.epsilon()));
      }
      case UpdateRule.Adam adam -> {
        CommandList command = linear(Kernel.UPDATE_ADAM, of.n, 9);
        command.add(of.w).add(of.g).add(of.first).add(of.second);
        double beta1 = adam.beta1();
        double beta2 = adam.beta2();
        double root = 1 / Math.sqrt(1 - Math.pow(beta2, (double) step));
        scaled(command, of)
            .add(
                scalars(
                    learningRate / (1 - Math.pow(beta1, (double) step)),
                    adam.decoupled() ? 0 : decay,
                    adam.decoupled() ? 1 - learningRate * decay : 1,
                    beta1,
                    1 - beta1,
                    beta2,
                    1 - beta2,
                    root,
                    adam.epsilon()));
      }
    }
  }

  /** Goes on behind the moments: scale of the gradient, no copy in bfloat16, size. */
  private static CommandList scaled(CommandList command, Buffers of) {
    return command.add(of.gradientScale).add(NULL).add(of.n);
  }

  private long scalars(double... values) {
    long at = queue.take((long) values.length * Double.BYTES);
    for (int i = 0; i < values.length; i++) {
      queue.ring().put(at + (long) i * Double.BYTES, values[i]);
    }
    return at;
  }

  // --- Memory -----------------------------------------------------------------------------------

  void copy(long source, long target, long bytes) {
    if (bytes > 0) {
      queue.begin(CommandList.COPY, 0).add(target).add(source).add(bytes);
    }
  }

  /** Sets {@code n} 32-bit words. */
  void fill(long target, int word, long n) {
    if (n > 0) {
      queue.begin(CommandList.FILL, 0).add(target).add(word & 0xFFFFFFFFL).add(n);
    }
  }

  /**
   * Copies ids from the host, which may change them as soon as this returns.
   *
   * @param count at most {@link ParameterRing#SLOT_BYTES} / 4
   */
  void ids(int[] ids, int from, int count, long target) {
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
