package org.lm4j.compute;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PhiloxTest {
  /** The known answers that come with the authors' Random123 library. */
  @Test
  void givesTheKnownAnswers() {
    assertThat(Philox.block(0, 0, 0, 0, 0, 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(Philox.block(-1, -1, -1, -1, -1, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(Philox.block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void bitsAreTheWordsOfTheBlocks() {
    RandomKey key = new RandomKey(123, 456);
    for (int index = 0; index < 12; index++) {
      assertThat(Philox.bits(key, 7, index)).isEqualTo(Philox.block(key, 7, index / 4)[index % 4]);
    }
  }

  @Test
  void everyPartOfTheAddressMatters() {
    int bits = Philox.bits(new RandomKey(1, 2), 3, 4);
    assertThat(bits)
        .isNotEqualTo(Philox.bits(new RandomKey(2, 2), 3, 4))
        .isNotEqualTo(Philox.bits(new RandomKey(1 + (1L << 32), 2), 3, 4))
        .isNotEqualTo(Philox.bits(new RandomKey(1, 3), 3, 4))
        .isNotEqualTo(Philox.bits(new RandomKey(1, 2 + (1L << 32)), 3, 4))
        .isNotEqualTo(Philox.bits(new RandomKey(1, 2), 4, 4))
        .isNotEqualTo(Philox.bits(new RandomKey(1, 2), 3, 4 + (1L << 34)))
        .isNotEqualTo(Philox.bits(new RandomKey(1, 2), 3, 8));
  }

  @Test
  void uniformNumbersLieInTheirRangeWithTheirMean() {
    RandomKey key = new RandomKey(99, 0);
    double sum = 0;
    int count = 100_000;
    for (int i = 0; i < count; i++) {
      double value = Philox.uniform(key, 0, i);
      assertThat(value).isGreaterThanOrEqualTo(0).isLessThan(1);
      sum += value;
    }
    double fiveSigma = 5 / Math.sqrt(12.0 * count);
    assertThat(sum / count).isBetween(0.5 - fiveSigma, 0.5 + fiveSigma);
  }

  @Test
  void theDropThresholdIsTheProbabilityInUnitsOfTwoToTheMinus32() {
    assertThat(Philox.dropThreshold(0)).isZero();
    assertThat(Philox.dropThreshold(0.5)).isEqualTo(1L << 31);
    assertThat(Philox.dropThreshold(Math.nextDown(1.0))).isLessThan(1L << 32);
  }
}
