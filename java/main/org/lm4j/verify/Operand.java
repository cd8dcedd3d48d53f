package org.lm4j.verify;

import org.lm4j.tensor.Shape;

/** A tensor of a case before it is placed on a backend. */
final class Operand {
  final String name;
  final boolean ids; // whether it holds token ids, not numbers
  final Shape shape;
  final double[] values; // what it holds at first

  Operand(String name, boolean ids, Shape shape, double[] values) {
    this.name = name;
    this.ids = ids;
    this.shape = shape;
    this.values = values;
  }
}
