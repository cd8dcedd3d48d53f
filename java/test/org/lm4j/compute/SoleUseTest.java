package org.lm4j.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lm4j.compute.queue.QueuedBackend;

class SoleUseTest {
  private final SoleUse use = new SoleUse("the thing");

  @SuppressWarnings("EmptyTry")
  private void begin() {
    try (SoleUse.Use _ = use.begin()) {}
  }

  @SuppressWarnings("EmptyTry")
  private void resume() {
    try (SoleUse.Use _ = use.resume()) {}
  }

  /** Runs it in another thread, to its end. */
  private static void elsewhere(Runnable work) {
    try {
      CompletableFuture.runAsync(work, task -> Thread.ofPlatform().start(task)).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  @Test
  void aSecondThreadIsRefusedWhileOneIsInside() {
    try (SoleUse.Use _ = use.begin()) {
      assertThatThrownBy(() -> elsewhere(this::begin))
          .isInstanceOf(ConcurrentModificationException.class)
          .hasMessage("the thing is used by two threads at once; give each thread its own");
    }
    elsewhere(this::begin);
  }

  @Test
  void anotherThreadCannotContinueWhatOneBegan() {
    elsewhere(this::begin);
    assertThatThrownBy(this::resume).isInstanceOf(ConcurrentModificationException.class);
    begin();
    assertThatCode(this::resume).doesNotThrowAnyException();
    assertThatThrownBy(() -> elsewhere(this::resume))
        .isInstanceOf(ConcurrentModificationException.class);
  }

  @Test
  void theEndWaitsForWhatIsUnderWay() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    AtomicBoolean left = new AtomicBoolean();
    Thread user =
        Thread.ofPlatform()
            .start(
                () -> {
                  try (SoleUse.Use _ = use.begin()) {
                    inside.countDown();
                    while (true) {
                      use.requireOpen();
                      Thread.onSpinWait();
                    }
                  } catch (IllegalStateException e) {
                    left.set(true);
                  }
                });
    inside.await();
    assertThat(use.end()).isTrue();
    user.join();
    assertThat(left).isTrue();
    assertThat(use.end()).isFalse();
    assertThatThrownBy(this::begin)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the thing is closed");
  }

  @Test
  void aThreadMayEndWhatItIsIn() {
    try (SoleUse.Use _ = use.begin()) {
      assertThat(use.end()).isTrue();
    }
    assertThatThrownBy(this::resume).hasMessage("the thing is closed");
  }

  /**
   * Tests that every operation is overridden: the interface's own method would not wait for a turn.
   */
  @Test
  void everyOperationOfABackendHasItsTurn() {
    List<String> composed = List.of("allocate", "allocateIds"); // of others
    assertThat(
            Arrays.stream(Backend.class.getMethods())
                .filter(method -> !composed.contains(method.getName()))
                .filter(
                    method ->
                        Stream.of(QueuedBackend.class, QueuedBackend.class.getSuperclass())
                            .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                            .noneMatch(
                                own ->
                                    own.getName().equals(method.getName())
                                        && Arrays.equals(
                                            own.getParameterTypes(), method.getParameterTypes()))))
        .isEmpty();
  }
}
