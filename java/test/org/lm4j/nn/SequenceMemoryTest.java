package org.lm4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.tensor.Tensor;

class SequenceMemoryTest {
  @Test
  void exchangesTimeAndBatchAndBack() {
    try (Backend backend = new ReferenceBackend();
        SequenceMemory once = new SequenceMemory(backend, 4, 3, 1);
        SequenceMemory twice = new SequenceMemory(backend, 4, 3, 2)) {
      Tensor outputs = backend.allocate(4, 3, 2);
      Tensor memory = backend.allocate(3, 4, 2);
      Tensor copies = backend.allocate(6, 4, 2);
      Tensor back = backend.allocate(4, 3, 2);
      for (int i = 0; i < outputs.size(); i++) {
        outputs.set(i, i + 1);
      }
      once.forward(outputs, memory);
      twice.forward(outputs, copies);
      for (int t = 0; t < 4; t++) {
        for (int b = 0; b < 3; b++) {
          for (int w = 0; w < 2; w++) {
            double wanted = outputs.get((t * 3L + b) * 2 + w);
            assertThat(memory.get((b * 4L + t) * 2 + w)).isEqualTo(wanted);
            assertThat(copies.get((2L * b * 4L + t) * 2 + w)).isEqualTo(wanted);
            assertThat(copies.get(((2L * b + 1) * 4L + t) * 2 + w)).isEqualTo(wanted);
          }
        }
      }
      backend.fill(back, 7); // to be overwritten
      once.backward(memory, back);
      assertThat(back.toArray()).isEqualTo(outputs.toArray());
      for (Tensor tensor : new Tensor[] {outputs, memory, copies, back}) {
        tensor.storage().close();
      }
    }
  }
}
