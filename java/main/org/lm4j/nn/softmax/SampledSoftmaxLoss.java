package org.lm4j.nn.softmax;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.TouchedRows;
import org.lm4j.nn.Affine;
import org.lm4j.nn.OwnedTensors;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.nn.TokenLoss;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * The loss of an affine output layer over some words drawn at random, for training with large
 * vocabularies (Bengio and Senécal, 2008; Jean et al., 2015): the cross-entropy of the target among
 * itself and the words drawn for the step, where {@code log E(w)}, the expected count of a word in
 * such a draw, is subtracted from each logit. The target itself is skipped where it was drawn too.
 * All rows of a window share one draw.
 *
 * <p>The {@link #loss()} without gradients, and the {@link #logits}, are those of the full softmax.
 */
public final class SampledSoftmaxLoss implements TokenLoss {
  private static final double SKIPPED = -1e30; // added to a logit whose exponential shall be 0

  private final Backend backend;
  private final Output output;
  private final OwnedTensors owned;
  private final HostStorage hostStorage;
  private final Tensor host; // (max(N, S + 1)), on the host
  private final int rows;
  private final int samples;
  private final Rows window;
  private final Tensor candidates; // I32 (S)
  private final Tensor weights; // (S + 1, H): of the candidates, and a row of zeros
  private final Tensor biases; // (S + 1): less log E
  private final Tensor dWeights; // (S + 1, H)
  private final Tensor dBiases; // (S + 1)
  private final Tensor shifts; // (S + 1)
  private final Tensor wanted; // I32 (N)
  private final Tensor wantedWeights; // (N, H)
  private final Tensor products; // (N, H)
  private final Tensor wantedLogits; // (N): then their gradients
  private final Tensor rowValues; // (N)
  private final Tensor classes; // I32 (N): S, the place of the target, or IGNORE
  private final Tensor places; // I32 (N): in a block, flat, of what is skipped
  private final Tensor logits; // (rows of a block, S + 1)
  private final int[] targets;
  private final int[] ids; // of N rows
  private final List<Integer> starts = new ArrayList<>(); // of blocks
  private @Nullable SoftmaxOutput full;

  /**
   * An output layer whose words are drawn.
   *
   * @param weight {@code (V, H)}
   * @param bias {@code (V)}
   * @param sampler of {@code V} words
   * @param site what the draws are addressed by, see {@link org.lm4j.compute.Philox}
   * @param touched receives the rows of weight and bias whose gradients a step changes; null where
   *     nobody asks
   */
  public record Output(
      Parameter weight,
      Parameter bias,
      CandidateSampler sampler,
      int site,
      @Nullable TouchedRows touched) {}

  /**
   * The rows of a window.
   *
   * @param x input of the output layer, {@code (N, H)}
   * @param dx receives its gradient, {@code (N, H)}
   * @param targets {@code I32 (N)}
   * @param loss receives the losses, {@code (N)}
   */
  public record Rows(Tensor x, Tensor dx, Tensor targets, Tensor loss) {}

  /** Allocates memory for windows of one shape. */
  public SampledSoftmaxLoss(Backend backend, Output output, Rows window) {
    this(backend, output, window, backend.outputBlockBytes());
  }

  /** Allocates memory with blocks of logits that have at most so many bytes, or one row. */
  SampledSoftmaxLoss(Backend backend, Output output, Rows window, long blockBytes) {
    this.backend = backend;
    this.output = output;
    this.window = window;
    this.owned = new OwnedTensors(backend);
    this.rows = window.x.shape().dim(0);
    this.samples = output.sampler.samples();
    int columns = samples + 1;
    int width = window.x.shape().dim(1);
    this.hostStorage = new HostStorage((long) Math.max(rows, columns) * DType.F64.bytes());
    this.host = new Tensor(hostStorage, 0, Shape.of(Math.max(rows, columns)), DType.F64);
    this.candidates = owned.ids(samples);
    this.weights = owned.floats(columns, width);
    this.biases = owned.floats(columns);
    this.dWeights = owned.floats(columns, width);
    this.dBiases = owned.floats(columns);
    this.shifts = owned.floats(columns);
    this.wanted = owned.ids(rows);
    this.wantedWeights = owned.floats(rows, width);
    this.products = owned.floats(rows, width);
    this.wantedLogits = owned.floats(rows);
    this.rowValues = owned.floats(rows);
    this.classes = owned.ids(rows);
    this.places = owned.ids(rows);
    this.targets = new int[rows];
    this.ids = new int[rows];
    long affordable =
        Math.min(
            blockBytes / ((long) columns * backend.dtype().bytes()), Integer.MAX_VALUE / columns);
    int block = (int) Math.max(1, Math.min(rows, affordable));
    this.logits = owned.floats(block, columns);
    for (int from = 0; from < rows; from += block) {
      starts.add(from);
    }
  }

  @Override
  public void load(int[] given) {
    System.arraycopy(given, 0, targets, 0, rows);
  }

  @Override
  public void loss() {
    full().loss();
  }

  @Override
  public void logits(RowTaker taker) {
    full().logits(taker);
  }

  private SoftmaxOutput full() {
    SoftmaxOutput made = full;
    if (made == null) {
      Affine layer = new Affine(backend, output.weight, output.bias);
      made =
          new SoftmaxOutput(
              backend,
              layer,
              output.sampler.words(),
              window.x,
              window.dx,
              window.targets,
              window.loss);
      full = made;
    }
    return made;
  }

  @Override
  public void lossAndGradient(double gradientScale, RandomKey key) {
    int[] drawn = output.sampler.draw(key, output.site);
    gatherCandidates(drawn);
    gatherTargets();
    noteSkipped();
    backend.fill(dWeights, 0);
    backend.fill(dBiases, 0);
    int block = logits.shape().dim(0);
    for (int from : starts) {
      differentiate(from, Math.min(block, rows - from), gradientScale);
    }
    differentiateTargets();
    Tensor dBias = column(output.bias.gradient());
    backend.embedBackward(dWeights.slice(0, samples), candidates, output.weight.gradient());
    backend.embedBackward(column(dBiases.slice(0, samples)), candidates, dBias);
    backend.embedBackward(products, wanted, output.weight.gradient());
    backend.embedBackward(column(wantedLogits), wanted, dBias);
    if (output.touched != null) {
      output.touched.add(drawn, samples);
      output.touched.add(ids, rows);
    }
  }

  private static Tensor column(Tensor values) {
    return values.reshape(values.shape().dim(0), 1);
  }

  private void gatherCandidates(int[] drawn) {
    backend.upload(drawn, 0, samples, candidates);
    backend.embed(output.weight.value(), candidates, weights.slice(0, samples));
    backend.embed(column(output.bias.value()), candidates, column(biases.slice(0, samples)));
    for (int i = 0; i < samples; i++) {
      host.set(i, -output.sampler.logExpectedCount(drawn[i]));
    }
    host.set(samples, 0);
    backend.upload(host.slice(0, samples + 1), shifts);
    backend.axpy(1, shifts, biases);
  }

  /** Computes the logits of the targets; an ignored row has word 0, and no gradient later. */
  private void gatherTargets() {
    int width = window.x.shape().dim(1);
    for (int row = 0; row < rows; row++) {
      ids[row] = Math.max(0, targets[row]);
      host.set(row, -output.sampler.logExpectedCount(ids[row]));
    }
    backend.upload(ids, 0, rows, wanted);
    backend.embed(output.weight.value(), wanted, wantedWeights);
    backend.batchedGemm(
        GemmOp.NN,
        1,
        window.x.reshape(rows, 1, width),
        wantedWeights.reshape(rows, width, 1),
        0,
        wantedLogits.reshape(rows, 1, 1));
    backend.embed(column(output.bias.value()), wanted, column(rowValues));
    backend.axpy(1, rowValues, wantedLogits);
    backend.upload(host.slice(0, rows), rowValues);
    backend.axpy(1, rowValues, wantedLogits);
  }

  /** Notes where in a block of logits the target itself was drawn: the last column if nowhere. */
  private void noteSkipped() {
    int block = logits.shape().dim(0);
    int[] flat = new int[rows];
    int[] classOf = new int[rows];
    for (int row = 0; row < rows; row++) {
      int place = output.sampler.place(ids[row]);
      flat[row] = row % block * (samples + 1) + (place < 0 ? samples : place);
      classOf[row] = targets[row] == IGNORE ? IGNORE : samples;
    }
    backend.upload(flat, 0, rows, places);
    backend.upload(classOf, 0, rows, classes);
    backend.fill(rowValues, SKIPPED);
  }

  private void differentiate(int from, int count, double gradientScale) {
    int columns = samples + 1;
    Tensor block = logits.slice(0, count);
    Tensor x = window.x.slice(from, count);
    Tensor wantedColumn = column(wantedLogits.slice(from, count));
    backend.affine(x, weights, biases, block);
    backend.embedBackward(
        column(rowValues.slice(from, count)),
        places.slice(from, count),
        block.reshape(count * columns, 1));
    backend.copyColumns(wantedColumn, 0, block, samples, 1);
    backend.softmaxCrossEntropy(
        block, classes.slice(from, count), IGNORE, gradientScale, window.loss.slice(from, count));
    backend.copyColumns(block, samples, wantedColumn, 0, 1);
    backend.gemm(GemmOp.NN, 1, block, weights, 0, window.dx.slice(from, count));
    backend.affineGradients(x, block, dWeights, dBiases);
  }

  /** Adds what the targets' logits contribute to dx, and leaves that to their weights. */
  private void differentiateTargets() {
    int width = window.x.shape().dim(1);
    Tensor factors = wantedLogits.reshape(rows, 1, 1);
    Tensor out = products.reshape(rows, 1, width);
    backend.batchedGemm(GemmOp.NN, 1, factors, wantedWeights.reshape(rows, 1, width), 0, out);
    backend.axpy(1, products, window.dx);
    backend.batchedGemm(GemmOp.NN, 1, factors, window.x.reshape(rows, 1, width), 0, out);
  }

  @Override
  public void close() {
    if (full != null) {
      full.close();
    }
    hostStorage.close();
    owned.close();
  }
}
