package org.lm4j.task.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.IncrementalDecoder;

/** Reading token by token gives the probabilities by which a window scores the same tokens. */
class WindowReaderTest {
  private static final int WORDS = 23;
  private static final int[] TEXT = {3, 0, 22, 7, 7, 11, 4, 19, 1};

  @Test
  void theProbabilitiesOfAWindow() {
    try (Backend reference = new ReferenceBackend();
        Backend cpu = new CpuBackend(null, 2)) {
      check(reference, 1e-12);
      check(cpu, 1e-5);
    }
  }

  private static void check(Backend backend, double tolerance) {
    LanguageModelConfig config =
        new LanguageModelConfig(Cell.LSTM, WORDS, 9, 17, 2, 0, false)
            .withOutput(OutputConfig.adaptive(List.of(5, 12), 4));
    int steps = TEXT.length - 1;
    try (LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false);
        Window window = model.window(steps, 1, false);
        CarriedState state = model.newState(1);
        IncrementalDecoder reader = model.tokenReader()) {
      model.initialize(new Initialization(0.8, 0), 3);
      window.load(Arrays.copyOf(TEXT, steps), Arrays.copyOfRange(TEXT, 1, TEXT.length));
      window.evaluate(state);
      double[] losses = new double[steps];
      for (int i = 0; i < steps; i++) {
        losses[i] = window.losses().get(i);
      }
      double[] logits = new double[WORDS];
      for (int time = 0; time < 2; time++) { // the second time from a zero state again
        reader.reset();
        reader.logits(logits);
        assertThat(Arrays.stream(logits).map(Math::exp).sum()).isCloseTo(1, within(1e-5));
        for (int i = 0; i < steps; i++) {
          reader.read(TEXT[i]);
          assertThat(-reader.logit(TEXT[i + 1])).isCloseTo(losses[i], within(tolerance));
          reader.logits(logits);
          assertThat(logits[TEXT[i + 1]]).isEqualTo(reader.logit(TEXT[i + 1]));
        }
      }
      assertThatIllegalArgumentException().isThrownBy(() -> reader.read(WORDS));
      assertThatIllegalArgumentException().isThrownBy(() -> reader.logits(new double[WORDS - 1]));
    }
  }
}
