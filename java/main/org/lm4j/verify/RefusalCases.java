package org.lm4j.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.update.UpdateRule;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/** Cases that every operation must refuse: wrong types, shapes, ids, overlaps, options. */
public final class RefusalCases {
  private static final RandomKey KEY = new RandomKey(1, 1);
  private static final UpdateRule.Adam ADAM = new UpdateRule.Adam(0.9, 0.999, 1e-8, 0, false);

  private final List<RefusalCase> cases = new ArrayList<>();

  private RefusalCases() {}

  /** Returns all cases. */
  public static List<RefusalCase> all() {
    RefusalCases collector = new RefusalCases();
    collector.memory();
    collector.products();
    collector.elementwise();
    collector.lookups();
    collector.losses();
    collector.layerLosses();
    collector.updates();
    RowRefusals.add(collector);
    RnnRefusals.add(collector);
    return List.copyOf(collector.cases);
  }

  void add(String operation, String name, BiConsumer<Backend, Refused> call) {
    cases.add(new RefusalCase(operation, name, call));
  }

  private void memory() {
    add("upload", "another size", (b, t) -> b.upload(t.host(3), t.numbers(4)));
    add("upload", "ids as numbers", (b, t) -> b.upload(t.ids(1, 2), t.numbers(2)));
    add("upload", "the other float type", (b, t) -> b.upload(t.host(3), t.otherType(3)));
    add("upload", "ids into numbers", (b, t) -> b.upload(new int[3], 0, 3, t.numbers(3)));
    add("upload", "ids from beyond the end", (b, t) -> b.upload(new int[3], 1, 3, t.ids(0, 0, 0)));
    add("upload", "a negative start", (b, t) -> b.upload(new int[3], -1, 2, t.ids(0, 0, 0)));
    add("upload", "more ids than fit", (b, t) -> b.upload(new int[4], 0, 4, t.ids(0, 0, 0)));
    add("download", "another size", (b, t) -> b.download(t.numbers(4), t.host(3)));
    add("download", "ids", (b, t) -> b.download(t.ids(1, 2), t.host(2)));
    add("copy", "another size", (b, t) -> b.copy(t.numbers(4), t.numbers(2, 3)));
    add("copy", "another type", (b, t) -> b.copy(t.numbers(3), t.ids(1, 2, 3)));
    add(
        "copy",
        "an overlap",
        (b, t) -> {
          Tensor[] both = t.overlapping(2, 4);
          b.copy(both[0], both[1]);
        });
  }

  private void products() {
    gemm("inner extents that differ", GemmOp.NN, t -> t.numbers(4, 5), t -> t.numbers(2, 5));
    gemm("a transposed by mistake", GemmOp.TN, t -> t.numbers(3, 4), t -> t.numbers(3, 5));
    gemm("b transposed by mistake", GemmOp.NT, t -> t.numbers(4, 5), t -> t.numbers(3, 5));
    gemm("a result too small", GemmOp.NN, t -> t.numbers(4, 5), t -> t.numbers(3, 4));
    gemm("a vector", GemmOp.NN, t -> t.numbers(4), t -> t.numbers(3, 1));
    gemm("the other float type", GemmOp.NN, t -> t.otherType(4, 5), t -> t.numbers(3, 5));
    add(
        "gemm",
        "a result over its input",
        (b, t) -> {
          Tensor[] both = t.overlapping(4, 4);
          b.gemm(GemmOp.NN, 1, both[0], t.numbers(4, 4), 0, both[1]);
        });
    add("addBias", "another width", (b, t) -> b.addBias(t.numbers(4), t.numbers(3, 5)));
    add("addBias", "ids", (b, t) -> b.addBias(t.ids(1, 2), t.numbers(3, 2)));
    add("biasGradient", "another width", (b, t) -> b.biasGradient(t.numbers(3, 5), t.numbers(3)));
    add("biasGradient", "a vector", (b, t) -> b.biasGradient(t.numbers(5), t.numbers(5)));
    add(
        "gemm",
        "an affine layer's weights of another width",
        (b, t) -> b.affine(t.numbers(3, 4), t.numbers(5, 3), t.numbers(5), t.numbers(3, 5)));
    add(
        "addBias",
        "an affine layer's bias of another width",
        (b, t) -> b.affine(t.numbers(3, 4), t.numbers(5, 4), t.numbers(4), t.numbers(3, 5)));
    add(
        "biasGradient",
        "an affine layer's bias gradient of another width",
        (b, t) ->
            b.affineGradients(t.numbers(3, 4), t.numbers(3, 5), t.numbers(5, 4), t.numbers(4)));
  }

  /** Adds a product whose {@code a} is 3x4. */
  private void gemm(String name, GemmOp op, Maker second, Maker result) {
    add("gemm", name, (b, t) -> b.gemm(op, 1, t.numbers(3, 4), second.make(t), 0, result.make(t)));
  }

  @FunctionalInterface
  private interface Maker {
    Tensor make(Refused tensors);
  }

  private void elementwise() {
    Activation f = Activation.TANH;
    add("axpy", "another size", (b, t) -> b.axpy(1, t.numbers(3), t.numbers(4)));
    add("axpy", "the other float type", (b, t) -> b.axpy(1, t.otherType(3), t.numbers(3)));
    add("scale", "ids", (b, t) -> b.scale(2, t.ids(1, 2)));
    add("multiply", "another size", (b, t) -> b.multiply(t.numbers(3), t.numbers(3), t.numbers(4)));
    add(
        "multiply",
        "a partial overlap",
        (b, t) -> {
          Tensor[] both = t.overlapping(2, 4);
          b.multiply(both[0], t.numbers(8), both[1]);
        });
    add("activate", "another size", (b, t) -> b.activate(f, t.numbers(3), t.numbers(4)));
    add("activate", "the other float type", (b, t) -> b.activate(f, t.numbers(3), t.otherType(3)));
    add(
        "activateBackward",
        "another size",
        (b, t) -> b.activateBackward(f, t.numbers(4), t.numbers(3), t.numbers(3)));
    add("sum", "a result of two", (b, t) -> b.sum(t.numbers(3), t.numbers(2)));
    add("sum", "ids", (b, t) -> b.sum(t.ids(1, 2), t.numbers(1)));
    add("clamp", "a negative limit", (b, t) -> b.clamp(t.numbers(3), -1));
    add("clamp", "ids", (b, t) -> b.clamp(t.ids(3), 1));
    add("gradientNorm", "a result of one", (b, t) -> b.gradientNorm(t.numbers(3), 1, t.numbers(1)));
    add("gradientNorm", "a limit of NaN", (b, t) -> norm(b, t, Double.NaN));
    add("gradientNorm", "a limit of zero", (b, t) -> norm(b, t, 0));
  }

  private static void norm(Backend backend, Refused t, double limit) {
    backend.gradientNorm(t.numbers(3), limit, t.numbers(2));
  }

  private void lookups() {
    embed("an id of V", 2, 7);
    embed("a negative id", -1, 3);
    add(
        "embed",
        "a result over its ids",
        (b, t) -> {
          Tensor out = t.numbers(2, 3);
          b.embed(t.numbers(7, 3), t.idsOver(out, 2), out);
        });
    add(
        "embedBackward",
        "a gradient over its ids",
        (b, t) -> {
          Tensor dTable = t.numbers(7, 3);
          b.embedBackward(t.numbers(2, 3), t.idsOver(dTable, 2), dTable);
        });
    add(
        "crossEntropy",
        "losses over their targets",
        (b, t) -> {
          Tensor loss = t.numbers(2);
          b.crossEntropy(t.numbers(2, 5), t.idsOver(loss, 2), -1, loss);
        });
    add("embed", "another width", (b, t) -> b.embed(t.numbers(7, 3), t.ids(1), t.numbers(1, 4)));
    add("embed", "too few rows", (b, t) -> b.embed(t.numbers(7, 3), t.ids(1, 2), t.numbers(1, 3)));
    add(
        "embed",
        "numbers for ids",
        (b, t) -> b.embed(t.numbers(7, 3), t.numbers(1), t.numbers(1, 3)));
    add(
        "embedBackward",
        "another width",
        (b, t) -> b.embedBackward(t.numbers(1, 4), t.ids(1), t.numbers(7, 3)));
    add("dropout", "p = 1", (b, t) -> b.dropout(t.numbers(3), t.numbers(3), 1, KEY, 0));
    add("dropout", "p = NaN", (b, t) -> b.dropout(t.numbers(3), t.numbers(3), Double.NaN, KEY, 0));
    add("dropout", "another size", (b, t) -> b.dropout(t.numbers(3), t.numbers(2), 0.5, KEY, 0));
    add(
        "dropout",
        "a negative site",
        (b, t) -> b.dropout(t.numbers(3), t.numbers(3), 0.5, KEY, -1));
  }

  private void embed(String name, int... ids) {
    add("embed", name, (b, t) -> b.embed(t.numbers(7, 3), t.ids(ids), t.numbers(ids.length, 3)));
    add(
        "embedBackward",
        name,
        (b, t) -> b.embedBackward(t.numbers(ids.length, 3), t.ids(ids), t.numbers(7, 3)));
  }

  private void losses() {
    for (boolean gradient : new boolean[] {true, false}) {
      loss(gradient, "a target of V", t -> t.ids(1, 5), t -> t.numbers(2));
      loss(gradient, "a target that is negative", t -> t.ids(-2, 1), t -> t.numbers(2));
      loss(gradient, "too few targets", t -> t.ids(1), t -> t.numbers(2));
      loss(gradient, "too few losses", t -> t.ids(1, 2), t -> t.numbers(1));
      loss(gradient, "numbers for targets", t -> t.numbers(2), t -> t.numbers(2));
      loss(gradient, "the other float type", t -> t.ids(1, 2), t -> t.otherType(2));
    }
  }

  /** Adds losses of a layer from four numbers to five classes, with two rows. */
  private void layerLosses() {
    layerLoss("a target of V", t -> t.ids(1, 5), t -> t.numbers(1, 5), "crossEntropy");
    layerLoss("too few targets", t -> t.ids(1), t -> t.numbers(1, 5), "affineCrossEntropy");
    layerLoss("memory for no row", t -> t.ids(1, 2), t -> t.numbers(0, 5), "affineCrossEntropy");
    layerLoss("memory too narrow", t -> t.ids(1, 2), t -> t.numbers(1, 4), "affineCrossEntropy");
    layerLoss("ids for memory", t -> t.ids(1, 2), t -> t.ids(1, 2), "affineCrossEntropy");
    add(
        "affineCrossEntropy",
        "memory over its input",
        (b, t) -> {
          Tensor[] both = t.overlapping(2, 4);
          Tensor w = t.numbers(4, 4);
          b.affineCrossEntropy(both[0], w, null, t.ids(1, 2), -1, both[1], t.numbers(2));
        });
  }

  private void layerLoss(String name, Maker targets, Maker logits, String refusing) {
    add(
        refusing,
        "of a layer's losses, " + name,
        (b, t) -> {
          Tensor w = t.numbers(5, 4);
          Tensor ids = targets.make(t);
          Tensor memory = logits.make(t);
          b.affineCrossEntropy(t.numbers(2, 4), w, t.numbers(5), ids, -1, memory, t.numbers(2));
        });
  }

  /** Adds a loss of two rows and five classes that ignores -1. */
  private void loss(boolean gradient, String name, Maker targets, Maker losses) {
    add(
        gradient ? "softmaxCrossEntropy" : "crossEntropy",
        name,
        (b, t) -> {
          Tensor logits = t.numbers(2, 5);
          if (gradient) {
            b.softmaxCrossEntropy(logits, targets.make(t), -1, 0.5, losses.make(t));
          } else {
            b.crossEntropy(logits, targets.make(t), -1, losses.make(t));
          }
        });
  }

  private void updates() {
    update("a gradient of another size", t -> t.numbers(4), t -> t.numbers(5), 1);
    update("a moment of another size", t -> t.numbers(5), t -> t.numbers(4), 1);
    update("a moment of the other float type", t -> t.numbers(5), t -> t.otherType(5), 1);
    update("ids for a gradient", t -> t.tensor(DType.I32, 5), t -> t.numbers(5), 1);
    update("step 0", t -> t.numbers(5), t -> t.numbers(5), 0);
    add(
        "update",
        "too few moments",
        (b, t) -> b.update(ADAM, t.numbers(5), t.numbers(5), List.of(), null, 0.1, 1));
    add(
        "update",
        "one moment twice",
        (b, t) -> {
          Tensor moment = t.numbers(5);
          List<Tensor> moments = List.of(moment, moment);
          b.update(ADAM, t.numbers(5), t.numbers(5), moments, null, 0.1, 1);
        });
    add(
        "update",
        "a scale of one element",
        (b, t) -> {
          List<Tensor> moments = List.of(t.numbers(5), t.numbers(5));
          b.update(ADAM, t.numbers(5), t.numbers(5), moments, t.numbers(1), 0.1, 1);
        });
  }

  private void update(String name, Maker gradient, Maker moment, long step) {
    add(
        "update",
        name,
        (b, t) -> {
          List<Tensor> moments = List.of(t.numbers(5), moment.make(t));
          b.update(ADAM, t.numbers(5), gradient.make(t), moments, null, 0.1, step);
        });
  }
}
