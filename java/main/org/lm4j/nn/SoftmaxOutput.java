package org.lm4j.nn;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/**
 * Output layer, softmax and loss in blocks of rows. The logits of a window, {@code T·B·V} numbers,
 * are the largest thing a language model computes; a block of them is made, scored, turned into its
 * own gradient and used up before the next, so that it stays in cache and memory does not grow with
 * the window.
 */
public final class SoftmaxOutput implements TokenLoss {
  /** The target that is not scored. */
  public static final int IGNORE = TokenLoss.IGNORE;

  private final Backend backend;
  private final Affine decoder;
  private final Tensor x;
  private final Tensor targets;
  private final Tensor loss;
  private final Tensor logits; // (rows of a block, V)
  private final List<Block> blocks = new ArrayList<>();

  /** The views of one block of rows. */
  private record Block(Tensor x, Tensor dx, Tensor targets, Tensor loss, Tensor logits) {}

  /**
   * Prepares the views for one window.
   *
   * @param vocabulary {@code V}
   * @param x input of the output layer, {@code (N, H)}
   * @param dx receives its gradient, {@code (N, H)}; may be {@code x} if only losses are needed
   * @param targets {@code I32 (N)}
   * @param loss receives the losses, {@code (N)}
   */
  public SoftmaxOutput(
      Backend backend,
      Affine decoder,
      int vocabulary,
      Tensor x,
      Tensor dx,
      Tensor targets,
      Tensor loss) { // one window's tensors, all needed together
    this.backend = backend;
    this.decoder = decoder;
    this.x = x;
    this.targets = targets;
    this.loss = loss;
    int rows = x.shape().dim(0);
    long affordable = backend.outputBlockBytes() / ((long) vocabulary * backend.dtype().bytes());
    int block = (int) Math.max(1, Math.min(rows, affordable));
    this.logits = backend.allocate(block, vocabulary);
    for (int from = 0; from < rows; from += block) {
      int count = Math.min(block, rows - from);
      blocks.add(
          new Block(
              x.slice(from, count),
              dx.slice(from, count),
              targets.slice(from, count),
              loss.slice(from, count),
              logits.slice(0, count)));
    }
  }

  @Override
  public void loss() {
    decoder.crossEntropy(x, targets, IGNORE, logits, loss);
  }

  @Override
  public void logits(RowTaker taker) {
    int vocabulary = logits.shape().dim(1);
    double[] row = new double[vocabulary];
    int from = 0;
    try (HostStorage storage = new HostStorage(logits.size() * DType.F64.bytes())) {
      for (Block block : blocks) {
        decoder.forward(block.x, block.logits);
        Tensor host = new Tensor(storage, 0, block.logits.shape(), DType.F64);
        backend.download(block.logits, host);
        for (int r = 0; r < block.x.shape().dim(0); r++) {
          for (int v = 0; v < vocabulary; v++) {
            row[v] = host.get((long) r * vocabulary + v);
          }
          taker.take(from + r, row);
        }
        from += block.x.shape().dim(0);
      }
    }
  }

  /**
   * Writes the losses and {@code dx}, and accumulates the gradients of the output layer.
   *
   * @param gradientScale usually one over the number of targets scored
   */
  public void lossAndGradient(double gradientScale) {
    for (Block block : blocks) {
      decoder.forward(block.x, block.logits);
      backend.softmaxCrossEntropy(block.logits, block.targets, IGNORE, gradientScale, block.loss);
      decoder.backward(block.x, block.logits, block.dx);
    }
  }

  @Override
  public void lossAndGradient(double gradientScale, RandomKey key) {
    lossAndGradient(gradientScale);
  }

  @Override
  public void close() {
    logits.storage().close();
  }
}
