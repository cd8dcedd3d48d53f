package org.lm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.lm4j.backend.cuda.cudnn.CudnnDescriptors;
import org.lm4j.backend.cuda.cudnn.CudnnRnn;
import org.lm4j.backend.cuda.cudnn.CudnnWeights;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Tensor;

/**
 * A small stack and one window through it: random numbers on the device, and the same in the
 * reference backend. All sizes differ, so that none can be taken for another.
 */
final class CudnnWindow implements AutoCloseable {
  static final int T = 3;
  static final int B = 2;
  static final int D = 5;
  static final int H = 4;
  static final int L = 2;
  private static final long SEED = 20261121;

  /** An array on the device and in the reference. */
  private record Pair(String name, long device, Tensor reference) {}

  private final FakeGpu gpu;
  private final Cell cell;
  private final Random random = new Random(SEED);
  private final ReferenceBackend reference = new ReferenceBackend();
  private final List<Long> tensors = new ArrayList<>();
  private final long dropout;
  private final long rnn;
  private final long xDesc;
  private final long yDesc;
  private final long state;
  private final long weightBytes;
  private final long workBytes;
  private final long work;
  private final long reserve;
  private final long weights;
  private final long dWeights;
  private long reserveBytes;
  private final Pair x;
  private final Pair y;
  private final Pair dy;
  private final Pair dx;
  private final @Nullable Pair[] states = new Pair[8]; // hx cx hy cy dhy dcy dhx dcx
  private final RnnWeights values;
  private final RnnWeights gradients;

  CudnnWindow(FakeGpu gpu, Cell cell, int math) {
    this.gpu = gpu;
    this.cell = cell;
    CudnnDescriptors descriptors = gpu.cudnn.descriptors();
    dropout = descriptors.createDropout();
    descriptors.setNoDropout(dropout, gpu.dnnHandle);
    int f32 = CudnnDescriptors.CUDNN_DATA_FLOAT;
    rnn = gpu.cudnn.rnn().create();
    gpu.cudnn
        .rnn()
        .set(rnn, CudnnRnn.CUDNN_RNN_ALGO_STANDARD, mode(cell), f32, math, D, H, L, dropout);
    xDesc = descriptors.createSequences();
    descriptors.setSequences(xDesc, f32, T, B, D);
    yDesc = descriptors.createSequences();
    descriptors.setSequences(yDesc, f32, T, B, H);
    state = tensor();
    descriptors.setTensor(state, f32, L, B, H);
    weightBytes = gpu.cudnn.weights().bytes(gpu.dnnHandle, rnn);
    weights = zeros(weightBytes);
    dWeights = zeros(weightBytes);
    gpu.cudnn.rnn().askTemporary(gpu.dnnHandle, rnn, CudnnRnn.CUDNN_FWD_MODE_TRAINING, xDesc);
    workBytes = gpu.cudnn.rnn().workBytes();
    reserveBytes = gpu.cudnn.rnn().reserveBytes();
    work = gpu.allocate(workBytes);
    reserve = gpu.allocate(reserveBytes);
    x = pair("x", true, T, B, D);
    y = pair("y", false, T, B, H);
    dy = pair("dy", true, T, B, H);
    dx = pair("dx", false, T, B, D);
    String[] names = {"hx", "cx", "hy", "cy", "dhy", "dcy", "dhx", "dcx"};
    for (int i = 0; i < names.length; i++) {
      boolean given = i < 2 || i == 4 || i == 5;
      states[i] = i % 2 == 1 && cell != Cell.LSTM ? null : pair(names[i], given, L, B, H);
    }
    values = layers(true);
    gradients = layers(false);
  }

  private static int mode(Cell cell) {
    return switch (cell) {
      case RNN_RELU -> CudnnRnn.CUDNN_RNN_RELU;
      case RNN_TANH -> CudnnRnn.CUDNN_RNN_TANH;
      case LSTM -> CudnnRnn.CUDNN_LSTM;
      case GRU -> CudnnRnn.CUDNN_GRU;
      default -> throw new IllegalArgumentException("cuDNN has no " + cell);
    };
  }

  long rnn() {
    return rnn;
  }

  long y() {
    return y.device();
  }

  long reserveBytes() {
    return reserveBytes;
  }

  /** Has the passes tell another size of the reserve space. */
  void withReserve(long bytes) {
    reserveBytes = bytes;
  }

  /** Bytes from the start of the weights to a gate's matrix. */
  long offset(int layer, int gate) {
    find(layer, gate);
    return gpu.cudnn.weights().matrix() - weights;
  }

  void forward() {
    forward(CudnnRnn.CUDNN_FWD_MODE_TRAINING, workBytes, work, reserveBytes, reserve);
  }

  /** Runs the forward pass without a backward pass, in separate memory. */
  void infer() {
    int mode = CudnnRnn.CUDNN_FWD_MODE_INFERENCE;
    gpu.cudnn.rnn().askTemporary(gpu.dnnHandle, rnn, mode, xDesc);
    assertThat(gpu.cudnn.rnn().reserveBytes()).isZero();
    long bytes = gpu.cudnn.rnn().workBytes();
    forward(mode, bytes, gpu.allocate(bytes), 0, 0);
  }

  private void forward(
      int mode, long workSize, long workSpace, long reserveSize, long reserveSpace) {
    gpu.cudnn
        .rnn()
        .forward(
            gpu.dnnHandle,
            rnn,
            mode,
            xDesc,
            x.device(),
            yDesc,
            y.device(),
            state,
            state(0),
            state(2),
            state,
            state(1),
            state(3),
            weightBytes,
            weights,
            workSize,
            workSpace,
            reserveSize,
            reserveSpace);
  }

  void backwardData() {
    gpu.cudnn
        .rnn()
        .backwardData(
            gpu.dnnHandle,
            rnn,
            yDesc,
            y.device(),
            dy.device(),
            xDesc,
            dx.device(),
            state,
            state(0),
            state(4),
            state(6),
            state,
            state(1),
            state(5),
            state(7),
            weightBytes,
            weights,
            workBytes,
            work,
            reserveBytes,
            reserve);
  }

  void backwardWeights() {
    gpu.cudnn
        .rnn()
        .backwardWeights(
            gpu.dnnHandle,
            rnn,
            xDesc,
            x.device(),
            state,
            state(0),
            yDesc,
            y.device(),
            weightBytes,
            dWeights,
            workBytes,
            work,
            reserveBytes,
            reserve);
  }

  /** Compares all results with the reference, whose weight gradients are added {@code n} times. */
  void compare(int n, double tolerance) {
    RnnSpec spec = new RnnSpec(cell, D, H, L, 0);
    for (RnnWeights.Layer layer : gradients.layers()) {
      for (Tensor tensor : tensors(layer)) {
        reference.fill(tensor, 0);
      }
    }
    try (RnnTape tape = reference.tape(spec, T, B, true)) {
      RnnInOut inOut = new RnnInOut(x.reference(), states(0), y.reference(), states(2));
      for (int i = 0; i < n; i++) {
        reference.rnnForward(tape, values, inOut, null, 0);
        reference.rnnBackward(
            tape,
            values,
            new RnnGradients(dy.reference(), states(4), dx.reference(), states(6), gradients));
      }
    }
    List.of(y, dx).forEach(pair -> compare(pair, tolerance));
    for (int i : new int[] {2, 3, 6, 7}) {
      if (states[i] != null) {
        compare(states[i], tolerance);
      }
    }
    for (int layer = 0; layer < L; layer++) {
      compareGradients(layer, tolerance);
    }
  }

  private void compareGradients(int layer, double tolerance) {
    List<Tensor> expected = tensors(gradients.layers().get(layer));
    int gates = cell.gates();
    for (int gate = 0; gate < 2 * gates; gate++) {
      find(layer, gate);
      int which = gate / gates;
      int columns = which == 0 && layer == 0 ? D : H;
      String name = "gate " + gate + " of layer " + layer;
      long matrix = dWeights + gpu.cudnn.weights().matrix() - weights;
      long bias = dWeights + gpu.cudnn.weights().bias() - weights;
      compare(name, matrix, H * columns, expected.get(which), gate % gates, tolerance);
      compare(name + ", bias", bias, H, expected.get(which + 2), gate % gates, tolerance);
    }
  }

  private void compare(Pair pair, double tolerance) {
    int size = (int) pair.reference().size();
    compare(pair.name(), pair.device(), size, pair.reference(), 0, tolerance);
  }

  private void compare(
      String name, long device, int size, Tensor expected, int part, double tolerance) {
    float[] found = gpu.download(device, size);
    for (int i = 0; i < size; i++) {
      assertThat((double) found[i])
          .as("%s[%d] with seed %d", name, i, SEED)
          .isCloseTo(expected.get((long) part * size + i), Offset.offset(tolerance));
    }
  }

  private RnnWeights layers(boolean given) {
    List<RnnWeights.Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < L; layer++) {
      int rows = cell.gates() * H;
      int columns = layer == 0 ? D : H;
      RnnWeights.Layer fresh =
          new RnnWeights.Layer(
              reference.allocate(rows, columns),
              reference.allocate(rows, H),
              reference.allocate(rows),
              reference.allocate(rows));
      layers.add(fresh);
      if (given) {
        for (int gate = 0; gate < 2 * cell.gates(); gate++) {
          int which = gate / cell.gates();
          find(layer, gate);
          int width = which == 0 ? columns : H;
          Tensor matrix = tensors(fresh).get(which);
          Tensor bias = tensors(fresh).get(which + 2);
          int part = gate % cell.gates();
          gpu.write(gpu.cudnn.weights().matrix(), random(matrix, part * H * width, H * width));
          gpu.write(gpu.cudnn.weights().bias(), random(bias, part * H, H));
        }
      }
    }
    return new RnnWeights(layers);
  }

  private void find(int layer, int gate) {
    CudnnWeights space = gpu.cudnn.weights();
    long matrix = tensor();
    long bias = tensor();
    space.find(gpu.dnnHandle, rnn, layer, weightBytes, weights, gate, matrix, bias);
    int columns = layer == 0 && gate < cell.gates() ? D : H;
    assertThat(gpu.cudnn.descriptors().dimensions(matrix)).containsExactly(1, H, columns);
    assertThat(gpu.cudnn.descriptors().dimensions(bias)).containsExactly(1, H, 1);
  }

  private static List<Tensor> tensors(RnnWeights.Layer layer) {
    return List.of(layer.weightIh(), layer.weightHh(), layer.biasIh(), layer.biasHh());
  }

  private Pair pair(String name, boolean given, int... dims) {
    Tensor tensor = reference.allocate(dims);
    int size = (int) tensor.size();
    long device = gpu.allocate((long) size * Float.BYTES);
    if (given) {
      gpu.write(device, random(tensor, 0, size));
    }
    return new Pair(name, device, tensor);
  }

  /** Fills a part of a reference tensor with what it returns. */
  private float[] random(Tensor tensor, int from, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextFloat() - 0.5f;
      tensor.set(from + i, values[i]);
    }
    return values;
  }

  private long zeros(long bytes) {
    long block = gpu.allocate(bytes);
    gpu.driver.memory().fillBytesAsync(block, (byte) 0, bytes, gpu.stream);
    gpu.synchronize();
    return block;
  }

  private long tensor() {
    tensors.add(gpu.cudnn.descriptors().createTensor());
    return tensors.getLast();
  }

  private long state(int index) {
    Pair pair = states[index];
    return pair == null ? 0 : pair.device();
  }

  private RnnState states(int index) {
    Pair h = Objects.requireNonNull(states[index]);
    Pair c = states[index + 1];
    return new RnnState(h.reference(), c == null ? null : c.reference());
  }

  @Override
  public void close() {
    CudnnDescriptors descriptors = gpu.cudnn.descriptors();
    tensors.forEach(descriptors::destroyTensor);
    descriptors.destroySequences(xDesc);
    descriptors.destroySequences(yDesc);
    gpu.cudnn.rnn().destroy(rnn);
    descriptors.destroyDropout(dropout);
    reference.close();
  }
}
