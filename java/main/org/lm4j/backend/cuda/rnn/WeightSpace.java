package org.lm4j.backend.cuda.rnn;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.backend.cuda.cudnn.CudnnDescriptors;
import org.lm4j.backend.cuda.cudnn.CudnnWeights;
import org.lm4j.backend.cuda.device.CudaDevice;
import org.lm4j.compute.BackendException;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnWeights;
import org.lm4j.tensor.Storage;
import org.lm4j.tensor.Tensor;

/**
 * The place of the weights of some neighbouring layers in cuDNN's memory: one block, in cuDNN's
 * order and with gaps. The gates of one matrix, or one bias, follow each other, so that each of our
 * tensors is one piece.
 *
 * @param first the lowest of the layers
 * @param layers their number
 * @param elementBytes of a weight
 * @param bytes of the block
 * @param offsets in bytes, four a layer: weight_ih, weight_hh, bias_ih, bias_hh
 */
record WeightSpace(int first, int layers, int elementBytes, long bytes, List<Long> offsets) {
  /** Tensors of a layer. */
  static final int PARTS = 4;

  private static final long ALIGNMENT = 256; // bytes, of the block

  /** Asks cuDNN. */
  static WeightSpace of(CudaDevice device, RnnSpec spec, int first, int layers, int dataType) {
    CudnnDescriptors descriptors = device.cudnn().descriptors();
    int elementBytes = dataType == CudnnDescriptors.CUDNN_DATA_FLOAT ? 4 : 2;
    try (RnnDescriptor rnn = new RnnDescriptor(device, spec, first, layers, dataType)) {
      long bytes = device.cudnn().weights().bytes(device.cudnnHandle(), rnn.handle());
      long base = device.allocate(bytes); // cuDNN reports offsets as addresses
      long matrix = descriptors.createTensor();
      long bias = descriptors.createTensor();
      try {
        List<Long> offsets = new ArrayList<>();
        Search search = new Search(device, rnn.handle(), bytes, base, matrix, bias);
        for (int layer = 0; layer < layers; layer++) {
          int gates = spec.cell().gates();
          long hidden = spec.hiddenSize();
          long inputRow = (long) spec.inputSize(first + layer) * elementBytes;
          offsets.add(search.gates(layer, 0, gates, true, hidden * inputRow));
          offsets.add(search.gates(layer, gates, gates, true, hidden * hidden * elementBytes));
          offsets.add(search.gates(layer, 0, gates, false, hidden * elementBytes));
          offsets.add(search.gates(layer, gates, gates, false, hidden * elementBytes));
        }
        return new WeightSpace(first, layers, elementBytes, bytes, List.copyOf(offsets));
      } finally {
        descriptors.destroyTensor(matrix);
        descriptors.destroyTensor(bias);
        device.free(base);
      }
    }
  }

  /** The arguments of the search in one block. */
  private record Search(
      CudaDevice device, long rnn, long bytes, long base, long matrix, long bias) {
    /**
     * Returns the offset of {@code count} gates of {@code size} bytes each, which must follow each
     * other.
     */
    long gates(int layer, int firstGate, int count, boolean matrices, long size) {
      CudnnWeights weights = device.cudnn().weights();
      long start = 0;
      for (int i = 0; i < count; i++) {
        weights.find(device.cudnnHandle(), rnn, layer, bytes, base, firstGate + i, matrix, bias);
        long at = (matrices ? weights.matrix() : weights.bias()) - base;
        if (i == 0) {
          start = at;
        }
        if (at != start + i * size || at < 0 || at + size > bytes) {
          throw new BackendException(
              "this version of cuDNN lays out the weights of layer %d in a way lm4j does not know: gate %d at byte %d"
                  .formatted(layer, firstGate + i, at));
        }
      }
      return start;
    }
  }

  /**
   * Returns the byte offset of tensor {@code part}, 0 to 3, of the layer {@code layer} of the
   * stack.
   */
  long offset(int layer, int part) {
    return offsets.get((layer - first) * PARTS + part);
  }

  /** Returns tensor {@code part} of a layer. */
  static Tensor part(RnnWeights weights, int layer, int part) {
    RnnWeights.Layer of = weights.layers().get(layer);
    return switch (part) {
      case 0 -> of.weightIh();
      case 1 -> of.weightHh();
      case 2 -> of.biasIh();
      default -> of.biasHh();
    };
  }

  /**
   * Returns the address of the block that {@code weights} lie in exactly as wanted; 0 if they do
   * not.
   */
  long find(RnnWeights weights) {
    Storage storage = part(weights, first, 0).storage();
    long base = part(weights, first, 0).address() - offset(first, 0);
    if (base % ALIGNMENT != 0
        || base < storage.address()
        || base + bytes > storage.address() + storage.byteSize()) {
      return 0;
    }
    for (int layer = first; layer < first + layers; layer++) {
      for (int i = 0; i < PARTS; i++) {
        Tensor part = part(weights, layer, i);
        if (!part.storage().equals(storage) || part.address() != base + offset(layer, i)) {
          return 0;
        }
      }
    }
    return base;
  }
}
