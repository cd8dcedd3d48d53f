package org.lm4j.verify;

import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnGradients;
import org.lm4j.compute.RnnInOut;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.RnnState;
import org.lm4j.compute.RnnTape;
import org.lm4j.compute.RnnWeights;
import org.lm4j.compute.TokenModel;
import org.lm4j.tensor.Tensor;

/** Cases that the recurrent operations must refuse. */
final class RnnRefusals {
  private static final int T = 4;
  private static final int B = 2;
  private static final RnnSpec LSTM = new RnnSpec(Cell.LSTM, 3, 5, 2, 0);
  private static final RnnSpec GRU = new RnnSpec(Cell.GRU, 3, 5, 2, 0);
  private static final RnnSpec WIDER = new RnnSpec(Cell.LSTM, 3, 6, 2, 0);
  private static final RnnSpec DROPOUT = new RnnSpec(Cell.LSTM, 3, 5, 2, 0.5);

  private RnnRefusals() {}

  /** Everything a window consists of; each case breaks one part. */
  private static final class Parts {
    RnnSpec spec = LSTM;
    Tensor x;
    Tensor y;
    Tensor dy;
    RnnState initial;
    RnnState last;
    RnnWeights weights;
    RnnWeights dWeights;
    boolean training = true;
    @Nullable Tensor dx;
    @Nullable Tensor dTable;
    RnnInOut.@Nullable Lookup lookup;
    @Nullable RnnState dInitial;
    @Nullable RnnState dLast;

    Parts(Refused t) {
      x = t.numbers(T, B, 3);
      y = t.numbers(T, B, 5);
      dy = t.numbers(T, B, 5);
      initial = t.state(LSTM, B);
      last = t.state(LSTM, B);
      weights = t.weights(LSTM);
      dWeights = t.weights(LSTM);
    }
  }

  @FunctionalInterface
  private interface Breaking {
    void apply(Parts parts, Refused tensors);
  }

  static void add(RefusalCases cases) {
    cases.add("tape", "no steps", (b, t) -> t.tape(LSTM, 0, B, true));
    cases.add("tape", "no sequences", (b, t) -> t.tape(LSTM, T, 0, true));
    tokenReaders(cases);
    forward(cases, "a window of another length", (p, t) -> p.x = t.numbers(T + 1, B, 3));
    forward(cases, "a batch of another size", (p, t) -> p.x = t.numbers(T, B + 1, 3));
    forward(cases, "an input of another width", (p, t) -> p.x = t.numbers(T, B, 4));
    forward(cases, "an input of the other float type", (p, t) -> p.x = t.otherType(T, B, 3));
    forward(cases, "an output of another width", (p, t) -> p.y = t.numbers(T, B, 4));
    forward(
        cases,
        "an output over the input",
        (p, t) -> {
          Tensor all = t.numbers(T * B * 5);
          p.x = all.view(0, T, B, 3);
          p.y = all.view(0, T, B, 5);
        });
    forward(cases, "a state of another batch", (p, t) -> p.initial = t.state(LSTM, B + 1));
    forward(cases, "a state without cells", (p, t) -> p.initial = t.state(GRU, B));
    forward(cases, "a final state without cells", (p, t) -> p.last = t.state(GRU, B));
    forward(
        cases,
        "a state with cells for a GRU",
        (p, t) -> {
          p.spec = GRU;
          p.weights = t.weights(GRU);
        });
    forward(cases, "weights of another cell", (p, t) -> p.weights = t.weights(GRU));
    forward(cases, "weights of another width", (p, t) -> p.weights = t.weights(WIDER));
    forward(
        cases,
        "weights of too few layers",
        (p, t) -> p.weights = new RnnWeights(p.weights.layers().subList(0, 1)));
    forward(cases, "dropout without a key", (p, t) -> p.spec = DROPOUT);
    forward(
        cases,
        "an id beyond the table",
        (p, t) -> p.lookup = new RnnInOut.Lookup(t.numbers(9, 3), t.ids(ids(9))));
    forward(
        cases,
        "a table of another width",
        (p, t) -> p.lookup = new RnnInOut.Lookup(t.numbers(9, 4), t.ids(ids(0))));
    backward(
        cases,
        "a gradient of a table that was not there",
        (p, t) -> {
          p.dx = t.numbers(T, B, 3);
          p.dTable = t.numbers(9, 3);
        });
    backward(
        cases,
        "a gradient of a table without memory to work in",
        (p, t) -> {
          p.lookup = new RnnInOut.Lookup(t.numbers(9, 3), t.ids(ids(8)));
          p.dTable = t.numbers(9, 3);
        });
    backward(cases, "a tape for inference", (p, t) -> p.training = false);
    backward(cases, "a gradient of another width", (p, t) -> p.dy = t.numbers(T, B, 4));
    backward(cases, "a dx of another length", (p, t) -> p.dx = t.numbers(T - 1, B, 3));
    backward(cases, "a dLast without cells", (p, t) -> p.dLast = t.state(GRU, B));
    backward(cases, "a dInitial of another batch", (p, t) -> p.dInitial = t.state(LSTM, B + 1));
    backward(cases, "gradients of another width", (p, t) -> p.dWeights = t.weights(WIDER));
    backward(cases, "a dx of the other float type", (p, t) -> p.dx = t.otherType(T, B, 3));
  }

  /** Ids of a window, the last of which is {@code last}. */
  private static int[] ids(int last) {
    int[] ids = new int[T * B];
    ids[ids.length - 1] = last;
    return ids;
  }

  private static void tokenReaders(RefusalCases cases) {
    int v = 7;
    reader(cases, "a table of another width", t -> t.numbers(v, 4), t -> t.numbers(v, 5), v);
    reader(cases, "another output width", t -> t.numbers(v, 3), t -> t.numbers(v, 6), v);
    reader(cases, "an output of other tokens", t -> t.numbers(v, 3), t -> t.numbers(v + 1, 5), v);
    reader(cases, "a bias of other tokens", t -> t.numbers(v, 3), t -> t.numbers(v, 5), v - 1);
    reader(cases, "the other float type", t -> t.numbers(v, 3), t -> t.otherType(v, 5), v);
    reader(cases, "a table of rank 3", t -> t.numbers(v, 3, 1), t -> t.numbers(v, 5), v);
    for (int token : new int[] {-1, v}) {
      reading(cases, v, "token " + token, reader -> reader.read(token));
      reading(cases, v, "the logit of token " + token, reader -> reader.logit(token));
    }
    reading(cases, v, "logits that do not fit", reader -> reader.logits(new double[v - 1]));
    reading(cases, v, "bounds that do not fit", reader -> reader.upperBounds(new double[v - 1]));
    cases.add(
        "tokenReader",
        "weights of another stack",
        (b, t) ->
            b.tokenReader(
                    new TokenModel(
                        LSTM, t.numbers(v, 3), t.weights(WIDER), t.numbers(v, 5), t.numbers(v)))
                .close());
  }

  private static void reading(
      RefusalCases cases, int v, String name, Consumer<IncrementalDecoder> call) {
    cases.add(
        "tokenReader",
        name,
        (b, t) -> {
          TokenModel model =
              new TokenModel(LSTM, t.numbers(v, 3), t.weights(LSTM), t.numbers(v, 5), t.numbers(v));
          try (IncrementalDecoder reader = b.tokenReader(model)) {
            call.accept(reader);
          }
        });
  }

  private static void reader(
      RefusalCases cases,
      String name,
      Function<Refused, Tensor> table,
      Function<Refused, Tensor> output,
      int bias) {
    cases.add(
        "tokenReader",
        name,
        (b, t) ->
            b.tokenReader(
                    new TokenModel(
                        LSTM, table.apply(t), t.weights(LSTM), output.apply(t), t.numbers(bias)))
                .close());
  }

  private static void forward(RefusalCases cases, String name, Breaking breaking) {
    cases.add(
        "rnnForward",
        name,
        (b, t) -> {
          Parts parts = new Parts(t);
          breaking.apply(parts, t);
          forward(b, t, parts, null);
        });
  }

  private static RnnTape forward(Backend backend, Refused t, Parts parts, @Nullable RandomKey key) {
    RnnTape tape = t.tape(parts.spec, T, B, parts.training);
    RnnInOut inOut = new RnnInOut(parts.x, parts.initial, parts.y, parts.last, parts.lookup);
    backend.rnnForward(tape, parts.weights, inOut, key, 0);
    return tape;
  }

  /** Adds a valid forward pass followed by an invalid backward pass. */
  private static void backward(RefusalCases cases, String name, Breaking breaking) {
    cases.add(
        "rnnBackward",
        name,
        (b, t) -> {
          Parts parts = new Parts(t);
          breaking.apply(parts, t);
          RnnTape tape = forward(b, t, parts, null);
          RnnGradients gradients =
              new RnnGradients(
                  parts.dy, parts.dLast, parts.dx, parts.dInitial, parts.dWeights, parts.dTable);
          b.rnnBackward(tape, parts.weights, gradients);
        });
  }
}
