package org.lm4j.compute.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.RnnSpec;

/** A backend that threads share asks what computes only while it holds the lock. */
class QueuedBackendTest {
  @Test
  void questionsOfMemoryTakeTheirTurn() {
    ReentrantLock lock = new ReentrantLock();
    List<String> asked = new ArrayList<>();
    Backend operations =
        (Backend)
            Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (_, method, _) -> {
                  asked.add(method.getName() + (lock.isHeldByCurrentThread() ? "" : " alone"));
                  return method.getReturnType() == long.class ? 7L : null;
                });
    Backend shared = new QueuedBackend(operations, lock) {};
    RnnSpec spec = new RnnSpec(Cell.LSTM, 3, 4, 1, 0);

    assertThat(shared.outputBlockBytes()).isEqualTo(7);
    assertThat(shared.tapeBytes(spec, 2, 3, true)).isEqualTo(7);
    assertThat(shared.availableBytes()).isEqualTo(7);
    assertThat(asked).containsExactly("outputBlockBytes", "tapeBytes", "availableBytes");
    assertThat(lock.isLocked()).isFalse();
  }
}
