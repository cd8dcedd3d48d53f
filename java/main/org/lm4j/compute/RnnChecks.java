package org.lm4j.compute;

import static org.lm4j.compute.Checks.apart;
import static org.lm4j.compute.Checks.apartOrSame;
import static org.lm4j.compute.Checks.broken;

import org.jspecify.annotations.Nullable;
import org.lm4j.tensor.Tensor;

/** The argument checks of the two recurrent operations; see {@link Checks}. */
final class RnnChecks {
  private final Checks checks;
  private final String operation;
  private final RnnTape tape;
  private final RnnSpec spec;

  RnnChecks(Checks checks, String operation, RnnTape tape) {
    this.checks = checks;
    this.operation = operation;
    this.tape = tape;
    this.spec = tape.spec();
  }

  void forward(RnnWeights weights, RnnInOut inOut, @Nullable RandomKey key, int site) {
    weights("weights", weights);
    sequence("x", inOut.x(), spec.inputSize());
    sequence("y", inOut.y(), spec.hiddenSize());
    state("initial", inOut.initial());
    state("last", inOut.last());
    apart(operation, "y", inOut.y(), "x", inOut.x());
    stateApart("last", inOut.last(), "x", inOut.x());
    lookup(inOut);
    stateApart("last", inOut.last(), "y", inOut.y());
    stateApart("initial", inOut.initial(), "y", inOut.y());
    apartOrSame(operation, "last.h", inOut.last().h(), "initial.h", inOut.initial().h());
    if (spec.cell().hasCellState()) {
      apart(operation, "last.h", inOut.last().h(), "last.c", inOut.last().cell());
      apartOrSame(operation, "last.c", inOut.last().cell(), "initial.c", inOut.initial().cell());
      apart(operation, "last.h", inOut.last().h(), "initial.c", inOut.initial().cell());
      apart(operation, "last.c", inOut.last().cell(), "initial.h", inOut.initial().h());
    }
    if (tape.training() && spec.dropout() > 0 && spec.layers() > 1) {
      if (key == null) {
        throw broken(operation, "dropout " + spec.dropout() + " needs a random key");
      }
      Checks.site(operation, site, spec.layers() - 1);
    }
  }

  private void lookup(RnnInOut inOut) {
    RnnInOut.Lookup lookup = inOut.lookup();
    if (lookup == null) {
      return;
    }
    Tensor rows = inOut.x().reshape(tape.steps() * tape.batch(), spec.inputSize());
    checks.rowsOfTable(operation, "lookup.table", lookup.table(), lookup.ids(), "x", rows);
    apart(operation, "x", inOut.x(), "lookup.table", lookup.table());
    apart(operation, "y", inOut.y(), "lookup.table", lookup.table());
    stateApart("last", inOut.last(), "lookup.table", lookup.table());
  }

  /** Checks that a gradient of the table is requested exactly where there was a table. */
  private void table(RnnGradients gradients, RnnInOut.@Nullable Lookup lookup) {
    Tensor dTable = gradients.dTable();
    if (dTable == null) {
      return;
    }
    if (lookup == null || gradients.dx() == null) {
      throw broken(
          operation,
          lookup == null
              ? "dTable is asked for, but the forward pass had no lookup"
              : "dTable needs dx as memory to work in");
    }
    checks.floats(operation, "dTable", dTable);
    if (!dTable.shape().equals(lookup.table().shape())) {
      throw broken(operation, "dTable " + dTable + " does not fit the table " + lookup.table());
    }
    apart(operation, "dTable", dTable, "dx", gradients.dx());
    apart(operation, "dTable", dTable, "dy", gradients.dy());
  }

  void backward(RnnWeights weights, RnnGradients gradients, RnnInOut.@Nullable Lookup lookup) {
    if (!tape.training()) {
      throw broken(operation, "the tape was not made for training");
    }
    weights("weights", weights);
    weights("dWeights", gradients.dWeights());
    sequence("dy", gradients.dy(), spec.hiddenSize());
    table(gradients, lookup);
    if (lookup != null) { // the rows that gradients are added to, which may have changed
      checks.rows(operation, lookup.ids(), lookup.table());
    }
    Tensor dx = gradients.dx();
    RnnState dLast = gradients.dLast();
    RnnState dInitial = gradients.dInitial();
    if (dx != null) {
      sequence("dx", dx, spec.inputSize());
      apart(operation, "dx", dx, "dy", gradients.dy());
    }
    if (dLast != null) {
      state("dLast", dLast);
    }
    if (dInitial != null) {
      state("dInitial", dInitial);
      stateApart("dInitial", dInitial, "dy", gradients.dy());
      if (dx != null) {
        stateApart("dInitial", dInitial, "dx", dx);
      }
    }
    if (dLast != null && dInitial != null) {
      stateApart("dInitial", dInitial, "dLast.h", dLast.h());
      if (dLast.c() != null) {
        stateApart("dInitial", dInitial, "dLast.c", dLast.cell());
      }
    }
    if (dLast != null && dx != null) {
      stateApart("dLast", dLast, "dx", dx);
    }
  }

  private void weights(String name, RnnWeights weights) {
    weights(checks, operation, spec, name, weights);
  }

  private static void weights(
      Checks checks, String operation, RnnSpec spec, String name, RnnWeights weights) {
    if (weights.layers().size() != spec.layers()) {
      throw broken(
          operation,
          name + " have " + weights.layers().size() + " layers, " + spec + " has " + spec.layers());
    }
    int rows = spec.gateRows();
    for (int layer = 0; layer < spec.layers(); layer++) {
      RnnWeights.Layer part = weights.layers().get(layer);
      checks.floats(operation, "weightIh", part.weightIh());
      checks.floats(operation, "weightHh", part.weightHh());
      checks.floats(operation, "biasIh", part.biasIh());
      checks.floats(operation, "biasHh", part.biasHh());
      if (!Checks.is(part.weightIh().shape(), rows, spec.inputSize(layer))
          || !Checks.is(part.biasIh().shape(), rows)
          || !recurrent(spec, part)) {
        throw broken(operation, name + " of layer " + layer + " do not fit " + spec + ": " + part);
      }
    }
  }

  private static boolean recurrent(RnnSpec spec, RnnWeights.Layer part) {
    if (!spec.cell().hasRecurrentWeights()) {
      return part.weightHh().size() == 0 && part.biasHh().size() == 0;
    }
    return Checks.is(part.weightHh().shape(), spec.recurrentRows(), spec.hiddenSize())
        && Checks.is(part.biasHh().shape(), spec.recurrentRows());
  }

  /** Checks the weights of a language model that a decoder reads. */
  static void tokenModel(Checks checks, TokenModel model) {
    String operation = "tokenReader";
    RnnSpec spec = model.spec();
    checks.matrix(operation, "table", model.table());
    checks.matrix(operation, "output", model.output());
    checks.floats(operation, "bias", model.bias());
    int vocabulary = model.vocabulary();
    if (model.table().shape().dim(1) != spec.inputSize()
        || !Checks.is(model.output().shape(), vocabulary, spec.hiddenSize())
        || !Checks.is(model.bias().shape(), vocabulary)) {
      throw broken(
          operation,
          "table %s, output %s and bias %s do not fit each other or %s"
              .formatted(model.table(), model.output(), model.bias(), spec));
    }
    weights(checks, operation, spec, "weights", model.weights());
  }

  private void sequence(String name, Tensor x, int width) {
    checks.floats(operation, name, x);
    if (!Checks.is(x.shape(), tape.steps(), tape.batch(), width)) {
      throw broken(
          operation,
          name + " " + x + " must be (" + tape.steps() + ", " + tape.batch() + ", " + width + ")");
    }
  }

  private void state(String name, RnnState state) {
    statePart(name + ".h", state.h());
    if ((state.c() != null) != spec.cell().hasCellState()) {
      throw broken(
          operation, name + (state.c() == null ? " lacks" : " has") + " a cell state: " + spec);
    }
    if (state.c() != null) {
      statePart(name + ".c", state.cell());
    }
  }

  private void statePart(String name, Tensor part) {
    checks.floats(operation, name, part);
    if (!Checks.is(part.shape(), spec.layers(), tape.batch(), spec.hiddenSize())) {
      throw broken(
          operation,
          name
              + " "
              + part
              + " must be ("
              + spec.layers()
              + ", "
              + tape.batch()
              + ", "
              + spec.hiddenSize()
              + ")");
    }
  }

  private void stateApart(String name, RnnState state, String otherName, Tensor other) {
    apart(operation, name, state.h(), otherName, other);
    if (state.c() != null) {
      apart(operation, name, state.cell(), otherName, other);
    }
  }
}
