package org.lm4j.io;

import java.util.List;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.source.Escapes;

/** A collection of named tensors in host memory. */
public interface NamedTensors {
  /** Returns all names, in their order. */
  List<String> names();

  /** Returns whether there is a tensor of this name. */
  boolean contains(String name);

  /**
   * Returns the shape of a tensor.
   *
   * @throws org.lm4j.InputException if there is no such tensor, or it is too large
   */
  Shape shape(String name);

  /**
   * Returns a tensor, which this object owns.
   *
   * @throws org.lm4j.InputException if there is no such tensor, or it cannot be read
   */
  Tensor tensor(String name);

  /**
   * Reads a tensor into memory of the caller, if that needs no other memory.
   *
   * @param into a tensor of the same shape
   * @return false if it was not read: then {@link #tensor} returns it
   * @throws org.lm4j.InputException if there is no such tensor, or it cannot be read
   */
  default boolean read(String name, Tensor into) {
    return false;
  }

  /** Returns the name of a tensor in messages: its name in the file, on one line. */
  default String label(String name) {
    return Escapes.text(name);
  }
}
