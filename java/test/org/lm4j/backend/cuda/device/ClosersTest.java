package org.lm4j.backend.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClosersTest {
  private final List<String> closed = new ArrayList<>();
  private final Closers closers = new Closers();

  private void add(String name, boolean fails) {
    closers.add(
        () -> {
          closed.add(name);
          if (fails) {
            throw new IllegalStateException(name);
          }
        });
  }

  @Test
  void everythingIsReleasedLastFirstAndTheFirstFailureIsThrown() {
    add("a", true);
    add("b", false);
    add("c", true);
    assertThatThrownBy(closers::run)
        .hasMessage("c")
        .satisfies(e -> assertThat(e.getSuppressed()).extracting("message").containsExactly("a"));
    assertThat(closed).containsExactly("c", "b", "a");
    closers.run();
    assertThat(closed).hasSize(3);
  }

  @Test
  void anEarlierFailureSuppressesThoseOfReleases() {
    add("a", true);
    IllegalStateException failure = new IllegalStateException("before");
    closers.runAfter(failure);
    assertThat(failure.getSuppressed()).extracting("message").containsExactly("a");
  }

  @Test
  void whatIsForgottenIsNotReleased() {
    add("a", false);
    closers.clear();
    closers.run();
    assertThat(closed).isEmpty();
  }
}
