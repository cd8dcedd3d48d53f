package org.lm4j.backend.cuda.rnn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lm4j.backend.cuda.cudnn.CudnnDescriptors;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.compute.Precision;
import org.lm4j.compute.RnnLayout;
import org.lm4j.compute.RnnSpec;
import org.lm4j.tensor.Shape;

/**
 * Divides a stack into calls of cuDNN, and locates the weights of each. One call runs all layers
 * side by side as far as they do not wait for each other. With dropout between layers, whose masks
 * are ours, each layer is a separate call, in training or not, since the weights must lie in one
 * way; but where an evaluation of many steps is worth copies of them.
 */
public final class WeightSpaces {
  private static final long ALIGNMENT = 64; // elements: 256 bytes of F32
  private static final String[] NAMES = {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"};

  private final CudaDevice device;
  private final RnnAlgorithms algorithms;
  private final Map<RnnSpec, List<WeightSpace>> masters = new HashMap<>();
  private final Map<RnnSpec, List<WeightSpace>> computed = new HashMap<>();

  /** Creates a set without spaces. */
  public WeightSpaces(CudaDevice device, boolean persistent) {
    this.device = device;
    this.algorithms = new RnnAlgorithms(persistent);
  }

  /** Returns the algorithms by which cuDNN runs these layers. */
  RnnAlgorithms algorithms() {
    return algorithms;
  }

  /** Returns how many kinds of passes cuDNN refused to run by persistent kernels. */
  public int refusals() {
    return algorithms.refusals();
  }

  /** Returns the data type that cuDNN computes with, {@code CUDNN_DATA_…}. */
  static int dataType(CudaDevice device) {
    return device.precision() == Precision.BF16
        ? CudnnDescriptors.CUDNN_DATA_BFLOAT16
        : CudnnDescriptors.CUDNN_DATA_FLOAT;
  }

  /** Returns one space for each call, from the input upwards, in the type of the computation. */
  List<WeightSpace> of(RnnSpec spec) {
    return dataType(device) == CudnnDescriptors.CUDNN_DATA_FLOAT
        ? masters(spec)
        : computed.computeIfAbsent(spec, s -> ask(s, dataType(device)));
  }

  private List<WeightSpace> masters(RnnSpec spec) {
    return masters.computeIfAbsent(spec, s -> ask(s, CudnnDescriptors.CUDNN_DATA_FLOAT));
  }

  private List<WeightSpace> ask(RnnSpec spec, int dataType) {
    int layers = spec.dropout() > 0 ? 1 : spec.layers(); // of a call
    List<WeightSpace> spaces = new ArrayList<>();
    for (int first = 0; first < spec.layers(); first += layers) {
      spaces.add(WeightSpace.of(device, spec, first, layers, dataType));
    }
    return List.copyOf(spaces);
  }

  /** Returns the spaces one after the other, of float32 weights. */
  public RnnLayout layout(RnnSpec spec) {
    List<RnnLayout.Part> parts = new ArrayList<>();
    long at = 0;
    for (WeightSpace space : masters(spec)) {
      for (int layer = space.first(); layer < space.first() + space.layers(); layer++) {
        int rows = spec.gateRows();
        Shape[] shapes = {
          Shape.of(rows, spec.inputSize(layer)),
          Shape.of(rows, spec.hiddenSize()),
          Shape.of(rows),
          Shape.of(rows)
        };
        for (int i = 0; i < WeightSpace.PARTS; i++) {
          long offset = at + space.offset(layer, i) / Float.BYTES;
          parts.add(new RnnLayout.Part(NAMES[i] + layer, offset, shapes[i]));
        }
      }
      long elements = (space.bytes() + Float.BYTES - 1) / Float.BYTES;
      at += (elements + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    return new RnnLayout(at, parts);
  }
}
