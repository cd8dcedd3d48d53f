package org.lm4j.verify;

import java.util.stream.IntStream;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RnnSpec;
import org.lm4j.compute.TokenModel;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Tensor;

/** Cases that read tokens one by one. */
final class TokenCases {
  private static final int TOKENS = 9;

  private TokenCases() {}

  static void add(ParityCases cases, int lanes) {
    int[] widths = {1, Math.max(1, lanes - 1), lanes, lanes + 1, 37, 131};
    int[] vocabularies = {1, lanes, 65, 1009};
    int turn = 0;
    for (Cell cell : Cell.values()) {
      for (int layers = 1; layers <= 3; layers++) {
        for (int hidden : widths) {
          int input = widths[(turn + turn / widths.length + 1) % widths.length];
          int vocabulary = vocabularies[turn++ % vocabularies.length];
          add(cases, new RnnSpec(cell, input, hidden, layers, 0), vocabulary);
        }
      }
      // Output layers too large to be packed, the second not of whole panels; wide, shared layers.
      add(cases, new RnnSpec(cell, 5, 96, 1, 0), 3008);
      add(cases, new RnnSpec(cell, 20, 530, 2, 0.4), 1009);
      // More threads for the output layer than the units can be shared among.
      add(cases, new RnnSpec(cell, 7, 20, 1, 0), 15_000);
      // A first layer whose projections are too many to be kept.
      add(cases, new RnnSpec(cell, 33, 67, 1, 0), 9001);
    }
  }

  private static void add(ParityCases cases, RnnSpec spec, int vocabulary) {
    String name = "V=%d %s".formatted(vocabulary, new RnnWindow(spec, TOKENS, 1, null, 1));
    int h = spec.hiddenSize();
    ParityCase.Builder builder = cases.start("tokenReader", name).products();
    builder.reduction((double) TOKENS * (h + spec.inputSize()) * spec.layers());
    builder.numbers("table", vocabulary, spec.inputSize());
    RnnWindow.addWeights(builder, spec);
    builder.numbers("output", vocabulary, h);
    builder.numbers("bias", vocabulary);
    builder.numbers("logits", TOKENS + 1, vocabulary);
    builder.numbers("one", TOKENS + 1);
    builder.numbers("boundsBelow", TOKENS + 1);
    cases.add(builder.runs((backend, t) -> run(backend, t, spec, vocabulary)));
  }

  private static void run(Backend backend, PreparedCase t, RnnSpec spec, int vocabulary) {
    TokenModel model =
        new TokenModel(
            spec, t.get("table"), RnnWindow.weights(t, spec, "w"), t.get("output"), t.get("bias"));
    double[] logits = new double[vocabulary];
    double[] bounds = new double[vocabulary];
    double[] all = new double[(TOKENS + 1) * vocabulary];
    double[] one = new double[TOKENS + 1];
    double[] below = new double[TOKENS + 1];
    try (IncrementalDecoder reader = backend.tokenReader(model)) {
      for (int i = 0; i <= TOKENS; i++) {
        if (i == TOKENS) { // all forgotten; two tokens, one after the other
          reader.reset();
          reader.read(vocabulary - 1);
        }
        int token = i * i % vocabulary;
        reader.read(token);
        // Each of the three is the first after a token in turn.
        if (i % 3 == 0) {
          one[i] = reader.logit(token);
        } else if (i % 3 == 1) {
          reader.upperBounds(bounds);
        }
        reader.logits(logits);
        reader.upperBounds(bounds);
        System.arraycopy(logits, 0, all, i * vocabulary, vocabulary);
        one[i] = i % 3 == 0 ? one[i] : reader.logit(token);
        below[i] = IntStream.range(0, vocabulary).filter(v -> bounds[v] < logits[v]).count();
      }
    }
    store(backend, all, t.get("logits"));
    store(backend, one, t.get("one"));
    store(backend, below, t.get("boundsBelow"));
  }

  private static void store(Backend backend, double[] values, Tensor target) {
    try (HostStorage storage = new HostStorage((long) values.length * DType.F64.bytes())) {
      Tensor host = new Tensor(storage, 0, target.shape(), DType.F64);
      for (int i = 0; i < values.length; i++) {
        host.set(i, values[i]);
      }
      backend.upload(host, target);
    }
  }
}
