package org.lm4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryBudgetTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 bytes",
    "1, 1 byte",
    "1023, 1023 bytes",
    "1024, 1.0 KiB",
    "10188, 9.9 KiB", // 9.949
    "10189, 10 KiB", // 9.9502
    "698752, 682 KiB",
    "1048063, 1023 KiB",
    "1048064, 1.0 MiB", // 1023.5 KiB
    "12582912, 12 MiB",
    "1073741823, 1.0 GiB",
    "3435973837, 3.2 GiB",
    "2199023255552, 2048 GiB"
  })
  void sizesAreShownInTheUnitThatSuitsThem(long bytes, String words) {
    assertThat(MemoryBudget.words(bytes)).isEqualTo(words);
  }
}
