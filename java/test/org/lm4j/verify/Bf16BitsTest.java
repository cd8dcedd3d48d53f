package org.lm4j.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lm4j.Need;
import org.lm4j.backend.cpu.Bf16Backends;
import org.lm4j.compute.Backend;

/** Products in bfloat16 by the processor's instruction and emulated: the same bits everywhere. */
class Bf16BitsTest {
  private static final Set<String> WITHOUT_PRODUCTS =
      Set.of("update", "dropout", "axpy", "softmax");

  private static List<ParityCase> cases() {
    Stream<ParityCase> all = ParityCases.all(Verification.LANES, Verification.SEED).stream();
    return all.filter(each -> !WITHOUT_PRODUCTS.contains(each.operation())).toList();
  }

  @Test
  void theInstructionAndItsEmulationAgree() {
    String missing = Bf16Backends.missing();
    Need.VECTORS.check(missing.isEmpty(), "bf16 is emulated, since " + missing);
    try (Backend code = Bf16Backends.fastest(2);
        Backend emulated = Bf16Backends.emulated(2)) {
      for (ParityCase each : cases()) {
        agree(each, code, emulated);
      }
    }
  }

  private static void agree(ParityCase each, Backend one, Backend other) {
    try (PreparedCase first = each.prepare(one);
        PreparedCase second = each.prepare(other)) {
      first.run();
      second.run();
      for (Operand operand : each.operands()) {
        if (!operand.ids) {
          assertThat(first.read(operand.name))
              .as("%s %s: %s", each.operation(), each.name(), operand.name)
              .isEqualTo(second.read(operand.name));
        }
      }
    }
  }
}
