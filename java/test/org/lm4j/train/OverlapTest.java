package org.lm4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

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
    List<String> messages = new ArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord entry) {
            messages.add(entry.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(Overlap.class.getName());
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
    try {
      Overlap.warn("pairs", trained, heldOut, Function.identity());
    } finally {
      logger.removeHandler(handler);
      logger.setUseParentHandlers(true);
    }
    return messages;
  }
}
