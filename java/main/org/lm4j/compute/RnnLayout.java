package org.lm4j.compute;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.tensor.Shape;

/**
 * The layout of the weights of a recurrent stack inside one flat buffer, chosen by a backend so
 * that it never has to copy them (cuDNN prescribes the offsets).
 *
 * @param size length of the region in elements, padding included; padding stays zero
 * @param parts four per layer in the order weight_ih, weight_hh, bias_ih, bias_hh; without the two
 *     of hh where the cell has no recurrent weights
 */
public record RnnLayout(long size, List<Part> parts) {
  private static final int ALIGNMENT = 16; // elements: one 64-byte line of F32

  /** Copies the list. */
  public RnnLayout {
    parts = List.copyOf(parts);
  }

  /**
   * One weight tensor.
   *
   * @param name PyTorch's name without prefix, {@code weight_ih_l0}
   * @param offset first element inside the region
   * @param shape its shape
   */
  public record Part(String name, long offset, Shape shape) {}

  /** Returns the layout with one tensor after the other, each beginning on a cache line. */
  public static RnnLayout contiguous(RnnSpec spec) {
    List<Part> parts = new ArrayList<>();
    long at = 0;
    for (int layer = 0; layer < spec.layers(); layer++) {
      int rows = spec.gateRows();
      Shape[] shapes = {
        Shape.of(rows, spec.inputSize(layer)),
        Shape.of(rows, spec.hiddenSize()),
        Shape.of(rows),
        Shape.of(rows)
      };
      String[] names = {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"};
      for (int i = 0; i < names.length; i++) {
        if (names[i].contains("hh") && !spec.cell().hasRecurrentWeights()) {
          continue;
        }
        parts.add(new Part(names[i] + layer, at, shapes[i]));
        at += align(shapes[i].size());
      }
    }
    return new RnnLayout(at, parts);
  }

  /** Returns {@code size} rounded up to whole cache lines. */
  public static long align(long size) {
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}
