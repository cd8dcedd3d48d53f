package org.lm4j.io;

import java.util.List;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/** Tensors by name, on the host. */
public interface NamedTensors {
  /** All names, in their order. */
  List<String> names();

  /** Whether there is a tensor of this name. */
  boolean contains(String name);

  /**
   * The shape of a tensor.
   *
   * @throws org.lm4j.InputException if there is no such tensor, or it is too large
   */
  Shape shape(String name);

  /**
   * A tensor; whoever holds this owns it.
   *
   * @throws org.lm4j.InputException if there is no such tensor, or it cannot be read
   */
  Tensor tensor(String name);

  /** What a message calls a tensor: its name in the file. */
  default String label(String name) {
    return name;
  }
}
