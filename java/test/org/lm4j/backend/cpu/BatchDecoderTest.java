package org.lm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.BatchDecoder;
import org.lm4j.compute.Cell;
import org.lm4j.compute.IncrementalDecoder;
import org.lm4j.compute.RnnSpec;

/** Sequences that are read side by side have the numbers that each has alone. */
class BatchDecoderTest {
  private static final int SEED = 23;
  private static final int ROWS = 9;

  /** A backend, and a model of odd sizes. */
  record Case(String name, IntFunction<Backend> backend, RnnSpec spec, int vocabulary) {
    /** Returns whether the backend has no kernels for the cell, and computes all rows always. */
    boolean isComposed() {
      return spec.cell() == Cell.MIN_GRU;
    }

    @Override
    public String toString() {
      return name + " " + spec.cell().label() + " " + spec.hiddenSize();
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    add(cases, "fp32", threads -> new CpuBackend(null, threads));
    add(cases, "bf16", Bf16Backends::fastest);
    add(cases, "int8", Int8Backends::fastest);
    cases.add(new Case("ref", _ -> new ReferenceBackend(), new RnnSpec(Cell.LSTM, 3, 5, 2, 0), 7));
    IntFunction<Backend> cpu = threads -> new CpuBackend(null, threads);
    cases.add(new Case("fp32", cpu, new RnnSpec(Cell.MIN_GRU, 3, 5, 2, 0), 7));
    return cases.stream();
  }

  private static void add(List<Case> cases, String name, IntFunction<Backend> backend) {
    cases.add(new Case(name, backend, new RnnSpec(Cell.LSTM, 19, 133, 2, 0), 65));
    cases.add(new Case(name, backend, new RnnSpec(Cell.GRU, 33, 131, 1, 0), 10_000));
    cases.add(new Case(name, backend, new RnnSpec(Cell.RNN_TANH, 1, 5, 3, 0), 3));
  }

  /** What a sequence reads, when it comes, and the logits after each token. */
  private static final class Sequence {
    final int[] tokens;
    final int begin;
    final double[][] logits;
    int done;

    Sequence(int[] tokens, int begin, int vocabulary) {
      this.tokens = tokens;
      this.begin = begin;
      this.logits = new double[tokens.length][vocabulary];
    }
  }

  private static List<Sequence> sequences(int vocabulary) {
    Random random = new Random(SEED);
    List<Sequence> sequences = new ArrayList<>();
    for (int i = 0; i < 14; i++) {
      int[] tokens = random.ints(1 + random.nextInt(9), 0, vocabulary).toArray();
      sequences.add(new Sequence(tokens, random.nextInt(12), vocabulary));
    }
    return sequences;
  }

  /** Reads sequences as they come and leave; the last takes the row of one that has ended. */
  private static void run(Backend backend, Case of, int rows, List<Sequence> sequences) {
    try (RandomTokenModel weights = new RandomTokenModel(backend, of.spec, of.vocabulary, SEED);
        BatchDecoder decoder = backend.batchReader(weights.model(), rows)) {
      List<Sequence> waiting = new ArrayList<>(sequences);
      List<Sequence> active = new ArrayList<>();
      for (int time = 0; !waiting.isEmpty() || !active.isEmpty(); time++) {
        for (int i = 0; i < waiting.size() && active.size() < rows; i++) {
          if (waiting.get(i).begin <= time) {
            decoder.clear(active.size());
            active.add(waiting.remove(i--));
          }
        }
        if (active.isEmpty()) {
          continue;
        }
        int[] tokens = new int[active.size()];
        double[][] logits = new double[active.size()][];
        for (int row = 0; row < tokens.length; row++) {
          Sequence sequence = active.get(row);
          tokens[row] = sequence.tokens[sequence.done];
          logits[row] = sequence.done % 3 == 1 ? null : sequence.logits[sequence.done];
          sequence.done++;
        }
        decoder.read(tokens.length, tokens, logits);
        for (int row = tokens.length - 1; row >= 0; row--) {
          if (active.get(row).done == active.get(row).tokens.length) {
            int last = active.size() - 1;
            decoder.copy(last, row);
            active.set(row, active.get(last));
            active.remove(last);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aSequenceHasTheNumbersThatItHasAlone(Case of) {
    List<Sequence> together = sequences(of.vocabulary);
    try (Backend backend = of.backend.apply(2)) {
      run(backend, of, ROWS, together);
    }
    List<Sequence> alone = sequences(of.vocabulary);
    try (Backend backend = of.backend.apply(1)) {
      for (Sequence sequence : alone) {
        run(backend, of, of.isComposed() ? ROWS : 1, List.of(sequence));
      }
    }
    for (int i = 0; i < alone.size(); i++) {
      assertThat(together.get(i).logits).as("sequence %d", i).isDeepEqualTo(alone.get(i).logits);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theNumbersAreThoseOfADecoderOfOneSequence(Case of) {
    boolean unpacked = of.name.equals("fp32") && of.vocabulary > 1000;
    double close = unpacked || of.isComposed() ? 1e-4 : 0;
    int[] tokens = new Random(SEED).ints(6, 0, of.vocabulary).toArray();
    double[] one = new double[of.vocabulary];
    double[] other = new double[of.vocabulary];
    try (Backend backend = of.backend.apply(2);
        RandomTokenModel weights = new RandomTokenModel(backend, of.spec, of.vocabulary, SEED);
        IncrementalDecoder single = backend.tokenReader(weights.model());
        BatchDecoder decoder = backend.batchReader(weights.model(), ROWS)) {
      for (int token : tokens) {
        single.read(token);
        single.logits(one);
        decoder.read(1, new int[] {token}, new double[][] {other});
        for (int v = 0; v < one.length; v++) {
          assertThat(Math.abs(one[v] - other[v])).isLessThanOrEqualTo(close);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aStateThatWasKeptContinuesTheSequence(Case of) {
    double[] first = new double[of.vocabulary];
    double[] second = new double[of.vocabulary];
    double[] h = new double[of.spec.hiddenSize()];
    try (Backend backend = of.backend.apply(1);
        RandomTokenModel weights = new RandomTokenModel(backend, of.spec, of.vocabulary, SEED);
        BatchDecoder decoder = backend.batchReader(weights.model(), 3)) {
      decoder.read(2, new int[] {1, 2}, new double[2][]);
      byte[] kept = decoder.state(1);
      decoder.read(2, new int[] {0, 1}, new double[][] {null, first});
      decoder.restore(0, kept);
      decoder.read(1, new int[] {1}, new double[][] {second});
      assertThat(second).isEqualTo(first);
      decoder.hidden(0, h);
      assertThat(h).doesNotContain(0.0);
      decoder.clear(0);
      decoder.hidden(0, h);
      assertThat(h).containsOnly(0.0);
      assertThatThrownBy(() -> decoder.restore(0, new byte[1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void whatIsOutOfRangeIsRefused() {
    try (Backend backend = new CpuBackend(null, 1);
        RandomTokenModel weights =
            new RandomTokenModel(backend, new RnnSpec(Cell.GRU, 3, 5, 1, 0), 7, SEED);
        BatchDecoder decoder = backend.batchReader(weights.model(), 2)) {
      double[][] none = new double[3][];
      assertThatThrownBy(() -> decoder.read(3, new int[3], none))
          .hasMessageContaining("3 sequences of 2");
      assertThatThrownBy(() -> decoder.read(1, new int[] {7}, none))
          .hasMessageContaining("token 7 is not in [0, 7)");
      assertThatThrownBy(() -> decoder.read(1, new int[1], new double[][] {new double[6]}))
          .hasMessageContaining("7 numbers do not fit into 6");
      assertThatThrownBy(() -> decoder.clear(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }
}
