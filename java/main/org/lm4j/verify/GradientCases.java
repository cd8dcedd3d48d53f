package org.lm4j.verify;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.compute.Activation;
import org.lm4j.compute.Cell;
import org.lm4j.compute.GemmOp;
import org.lm4j.compute.RandomKey;
import org.lm4j.compute.RnnSpec;
import org.lm4j.verify.RnnWindow.Wanted;

/** Numeric gradients of every operation that has a backward form. All extents differ. */
public final class GradientCases {
  private static final RandomKey KEY = new RandomKey(7, 3);

  private GradientCases() {}

  /** Returns all cases, their data drawn from {@code seed}; for float64 backends only. */
  public static List<GradientCase> all(long seed) {
    List<GradientCase> cases = new ArrayList<>();
    for (Activation f : Activation.values()) {
      cases.add(activation(f, seed));
    }
    cases.add(affine(seed));
    cases.add(embedding(seed));
    cases.add(dropout(seed));
    cases.add(loss(seed));
    cases.add(hinge(seed));
    cases.add(softmax(seed));
    cases.add(sequences(false, 5, seed));
    cases.add(sequences(true, 5, seed));
    cases.add(sequences(true, 1, seed));
    for (Cell cell : Cell.values()) {
      for (int layers = 1; layers <= 3; layers++) {
        for (double dropout : new double[] {0, 0.4}) {
          RnnSpec spec = new RnnSpec(cell, 3, 5, layers, dropout);
          cases.add(recurrent(new RnnWindow(spec, 4, 2, Wanted.ALL, 1), seed));
        }
      }
    }
    return List.copyOf(cases);
  }

  private static GradientCase activation(Activation f, long seed) {
    return new ParityCase.Builder("activateBackward", f.toString(), seed)
        .uniform("x", -3, 3, 23)
        .numbers("y", 23)
        .numbers("dy", 23)
        .numbers("dx", 23)
        .differentiates(
            List.of("x"),
            (backend, t) -> {
              backend.activate(f, t.get("x"), t.get("y"));
              return t.dot("y", "dy");
            },
            (backend, t) -> {
              backend.activate(f, t.get("x"), t.get("y"));
              backend.activateBackward(f, t.get("y"), t.get("dy"), t.get("dx"));
            });
  }

  /** Returns a case of {@code y = x Wᵀ + b}. */
  private static GradientCase affine(long seed) {
    return new ParityCase.Builder("affineGradients", "x Wᵀ + b", seed)
        .numbers("x", 4, 3)
        .numbers("weight", 5, 3)
        .numbers("bias", 5)
        .numbers("y", 4, 5)
        .numbers("dy", 4, 5)
        .numbers("dx", 4, 3)
        .numbers("dWeight", 5, 3)
        .numbers("dBias", 5)
        .differentiates(
            List.of("x", "weight", "bias"),
            (backend, t) -> {
              backend.affine(t.get("x"), t.get("weight"), t.get("bias"), t.get("y"));
              return t.dot("y", "dy");
            },
            (backend, t) -> {
              backend.gemm(GemmOp.NN, 1, t.get("dy"), t.get("weight"), 0, t.get("dx"));
              backend.affineGradients(t.get("x"), t.get("dy"), t.get("dWeight"), t.get("dBias"));
            });
  }

  private static GradientCase embedding(long seed) {
    return new ParityCase.Builder("embedBackward", "V=4 D=3 N=6", seed)
        .numbers("table", 4, 3)
        .ids("ids", 4, 2, 6)
        .numbers("out", 6, 3)
        .numbers("dOut", 6, 3)
        .numbers("dTable", 4, 3)
        .differentiates(
            List.of("table"),
            (backend, t) -> {
              backend.embed(t.get("table"), t.get("ids"), t.get("out"));
              return t.dot("out", "dOut");
            },
            (backend, t) -> backend.embedBackward(t.get("dOut"), t.get("ids"), t.get("dTable")));
  }

  private static GradientCase dropout(long seed) {
    return new ParityCase.Builder("dropout", "p=0.4", seed)
        .numbers("x", 29)
        .numbers("y", 29)
        .numbers("dy", 29)
        .numbers("dx", 29)
        .differentiates(
            List.of("x"),
            (backend, t) -> {
              backend.dropout(t.get("x"), t.get("y"), 0.4, KEY, 1);
              return t.dot("y", "dy");
            },
            (backend, t) -> backend.dropout(t.get("dy"), t.get("dx"), 0.4, KEY, 1));
  }

  private static GradientCase loss(long seed) {
    int ignore = -1;
    return new ParityCase.Builder("softmaxCrossEntropy", "9x5 with ignored rows", seed)
        .uniform("x", -3, 3, 9, 5)
        .ids("targets", 5, ignore, 9)
        .numbers("losses", 9)
        .numbers("loss", 1)
        .numbers("dx", 9, 5)
        .differentiates(
            List.of("x"),
            (backend, t) -> {
              backend.crossEntropy(t.get("x"), t.get("targets"), ignore, t.get("losses"));
              backend.sum(t.get("losses"), t.get("loss"));
              return t.get("loss").get(0) * 0.3;
            },
            (backend, t) -> {
              backend.copy(t.get("x"), t.get("dx"));
              backend.softmaxCrossEntropy(
                  t.get("dx"), t.get("targets"), ignore, 0.3, t.get("losses"));
            });
  }

  private static GradientCase hinge(long seed) {
    int ignore = -1;
    return new ParityCase.Builder("hinge", "9x5 with ignored rows", seed)
        .uniform("x", -3, 3, 9, 5)
        .ids("targets", 5, ignore, 9)
        .numbers("losses", 9)
        .numbers("loss", 1)
        .numbers("dx", 9, 5)
        .differentiates(
            List.of("x"),
            (backend, t) -> {
              backend.copy(t.get("x"), t.get("dx"));
              backend.hinge(t.get("dx"), t.get("targets"), ignore, 1, t.get("losses"));
              backend.sum(t.get("losses"), t.get("loss"));
              return t.get("loss").get(0) * 0.3;
            },
            (backend, t) -> {
              backend.copy(t.get("x"), t.get("dx"));
              backend.hinge(t.get("dx"), t.get("targets"), ignore, 0.3, t.get("losses"));
            });
  }

  private static GradientCase softmax(long seed) {
    return new ParityCase.Builder("softmaxBackward", "6x5 of different lengths", seed)
        .uniform("x", -3, 3, 6, 5)
        .ids("lengths", 6, 5, 6)
        .numbers("y", 6, 5)
        .numbers("dy", 6, 5)
        .numbers("dx", 6, 5)
        .differentiates(
            List.of("x"),
            (backend, t) -> {
              backend.softmax(t.get("x"), t.get("lengths"), t.get("y"));
              return t.dot("y", "dy");
            },
            (backend, t) -> {
              backend.softmax(t.get("x"), t.get("lengths"), t.get("y"));
              backend.softmaxBackward(t.get("y"), t.get("dy"), t.get("dx"));
            });
  }

  private static GradientCase sequences(boolean reversed, int steps, long seed) {
    String name = "5x7x2 to %d steps%s".formatted(steps, reversed ? " reversed" : "");
    return new ParityCase.Builder("copySequences", name, seed)
        .numbers("x", 5, 7, 2)
        .ids("lengths", 6, 5, 7)
        .numbers("y", steps, 7, 2)
        .numbers("dy", steps, 7, 2)
        .numbers("dx", 5, 7, 2)
        .differentiates(
            List.of("x"),
            (backend, t) -> {
              backend.copySequences(t.get("x"), t.get("lengths"), reversed, t.get("y"));
              return t.dot("y", "dy");
            },
            (backend, t) ->
                backend.copySequences(t.get("dy"), t.get("lengths"), reversed, t.get("dx")));
  }

  private static GradientCase recurrent(RnnWindow window, long seed) {
    List<String> variables = new ArrayList<>(List.of("x", "initial.h"));
    if (window.spec().cell().hasCellState()) {
      variables.add("initial.c");
    }
    for (int layer = 0; layer < window.spec().layers(); layer++) {
      variables.add("weightIh" + layer);
      variables.add("biasIh" + layer);
      if (window.spec().cell().hasRecurrentWeights()) {
        variables.add("weightHh" + layer);
        variables.add("biasHh" + layer);
      }
    }
    ParityCase.Builder builder = new ParityCase.Builder("rnnBackward", window.toString(), seed);
    window.addTo(builder);
    return builder.differentiates(variables, window::loss, window::run);
  }
}
