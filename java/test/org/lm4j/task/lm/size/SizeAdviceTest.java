package org.lm4j.task.lm.size;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Advice by the examples of char-rnn's README. */
class SizeAdviceTest {
  @Test
  void aSmallModelForMuchTextShouldGrow() {
    assertThat(SizeAdvice.before(150_000, 100_000_000, 0))
        .isEqualTo(
            "150,000 weights are few for 100,000,000 characters of training text: a larger model"
                + " learns more");
    assertThat(SizeAdvice.before(150_000, 3_000_000, 0)).isNull(); // a twentieth
    assertThat(SizeAdvice.before(149_999, 3_000_000, 0)).contains("larger");
  }

  @Test
  void manyWeightsNeedDropout() {
    assertThat(SizeAdvice.before(10_000_000, 10_000_000, 0)).isNull();
    assertThat(SizeAdvice.before(3_000_000, 1_000_000, 0)).contains("dropout of 0.5");
    assertThat(SizeAdvice.before(3_000_000, 1_000_000, 0.25)).isNull();
    assertThat(SizeAdvice.before(66_000_000, 5_100_000, 0.65)).isNull(); // the large one of words
    assertThat(SizeAdvice.before(51_000_000, 1_000_000, 0.65)).contains("more text");
    assertThat(SizeAdvice.before(51_000_000, 0, 0)).isNull();
  }

  @Test
  void lossesFarApartOverfitAndEqualOnesUnderfit() {
    assertThat(SizeAdvice.after(1.0, 1.5))
        .isEqualTo(
            "the validation loss, 1.5000, is well above the training loss, 1.0000: the model"
                + " overfits; try more dropout, a smaller model, or more text");
    assertThat(SizeAdvice.after(1.26, 1.4166)).isNull(); // the best of models/tinyshakespeare
    assertThat(SizeAdvice.after(1.26, 1.27)).contains("larger model");
    assertThat(SizeAdvice.after(1.4, 1.2)).contains("larger model");
    assertThat(SizeAdvice.after(Double.NaN, 1)).isNull();
    assertThat(SizeAdvice.after(0, 1)).isNull();
  }
}
