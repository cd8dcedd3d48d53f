package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.backend.Backends;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.Precision;
import org.lm4j.compute.SoleUse;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Vocabulary;

/** Scores of a text token by token beside those of windows. */
class TokenScoresTest {
  private static final EncodedText TEXT =
      EncodedText.of(Vocabulary.bytes(), "How much wood would it chuck? ".repeat(170)); // two reads

  private static LanguageModelNetwork model(Backend backend, Cell cell) {
    LanguageModelConfig config = new LanguageModelConfig(cell, 256, 8, 12, 1, 0, false);
    LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false);
    model.initialize(Initialization.DEFAULT, 1);
    return model;
  }

  private static Backend int8() {
    return Backends.open("cpu", new BackendOptions(1, Precision.INT8, null));
  }

  @Test
  void everyTargetIsScoredOnceAndAsByWindows() {
    int size = Math.toIntExact(TEXT.size());
    double[] byWindows = new double[size];
    double[] byTokens = new double[size];
    Arrays.fill(byTokens, Double.NaN);
    try (Backend backend = new ReferenceBackend();
        LanguageModelNetwork model = model(backend, Cell.GRU);
        Evaluator evaluator = new Evaluator(model, TEXT, 1)) {
      Evaluator.Score expected =
          evaluator.score((index, token, loss) -> byWindows[(int) index] = loss, null);
      SoleUse use = new SoleUse("the scores");
      long[] progress = new long[2];
      Evaluator.Score score =
          new TokenScores(model, TEXT)
              .score(
                  (index, token, loss) -> {
                    int[] id = new int[1];
                    TEXT.copy(index, 1, id, 0);
                    assertThat(token).isEqualTo(id[0]);
                    assertThat(byTokens[(int) index]).isNaN();
                    byTokens[(int) index] = loss;
                  },
                  (done, all) -> {
                    progress[0] = done;
                    progress[1] = all;
                  },
                  use);
      assertThat(score.targets()).isEqualTo(expected.targets());
      assertThat(score.totalLoss()).isCloseTo(expected.totalLoss(), within(1e-6));
      assertThat(progress).containsExactly(2, 2);
      for (int i = 1; i < size; i++) {
        assertThat(byTokens[i]).isCloseTo(byWindows[i], within(1e-10));
      }
    }
  }

  @Test
  void int8ScoresNearlyAsTheReference() {
    try (Backend exact = new ReferenceBackend();
        Backend backend = int8();
        LanguageModelNetwork one = model(exact, Cell.GRU);
        LanguageModelNetwork other = model(backend, Cell.GRU);
        Evaluator expected = new Evaluator(one, TEXT, 1);
        Evaluator evaluator = new Evaluator(other, TEXT, 1)) {
      double loss = evaluator.score(null, null).loss();
      double reference = expected.score(null, null).loss();
      assertThat(loss).isNotEqualTo(reference).isCloseTo(reference, within(2e-3));
      assertThat(evaluator.score(null, null).loss()).isEqualTo(loss);
      assertThatThrownBy(() -> new Evaluator(other, TEXT, 2))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("int8 scores a text in one part");
    }
  }

  @Test
  void int8RefusesToTrain() {
    try (Backend backend = int8();
        LanguageModelNetwork model = model(backend, Cell.LSTM)) {
      assertThatThrownBy(() -> model.window(4, 2, false))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("use fp32 or bf16");
      assertThat(Precision.nameOf(backend)).isEqualTo("int8");
      assertThat(backend.description()).startsWith("cpu: int8 products");
    }
  }

  @Test
  void int8RefusesCellsWithoutKernels() {
    try (Backend backend = int8();
        LanguageModelNetwork model = model(backend, Cell.MIN_GRU)) {
      assertThatThrownBy(model::tokenReader)
          .isInstanceOf(InputException.class)
          .hasMessageContaining("int8 has no kernels for the cell mingru");
    }
  }
}
