package org.lm4j.train.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.lm4j.Warnings;

class OverlapTest {
  @Test
  void warnsWhereHalfOfWhatIsHeldOutIsTrainedOn() {
    assertThat(warnings(List.of("a", "b"), List.of("c", "d"))).isEmpty();
    assertThat(warnings(List.of("a", "b"), List.of("a", "c", "d"))).isEmpty();
    assertThat(warnings(List.of("a", "b"), List.of())).isEmpty();
    assertThat(warnings(List.of("a", "b"), List.of("b", "c")))
        .containsExactly(
            "1 of the 2 pairs held out are also trained on; the validation loss does not show how"
                + " the model does on new ones");
    assertThat(warnings(List.of("a", "b"), List.of("b"))).hasSize(1);
  }

  private static List<String> warnings(List<String> trained, List<String> heldOut) {
    return Warnings.of(
        Overlap.class, () -> Overlap.warn("pairs", trained, heldOut, Function.identity()));
  }
}
