package org.lm4j.cli;

import org.jspecify.annotations.Nullable;

/**
 * One line of {@code lm doctor}.
 *
 * @param subject what was looked for
 * @param state how it stands
 * @param found what was found, or that nothing was
 * @param fix how to mend it; null where nothing is to mend
 */
record Finding(String subject, State state, String found, @Nullable String fix) {
  /** The state of a requirement. */
  enum State {
    /** Present and working. */
    OK("ok"),
    /** Missing but optional: something is slower or unavailable. */
    ABSENT("-"),
    /** Required, and missing or broken. */
    BROKEN("BROKEN");

    private final String mark;

    State(String mark) {
      this.mark = mark;
    }

    String mark() {
      return mark;
    }
  }

  static Finding ok(String subject, String found) {
    return new Finding(subject, State.OK, found, null);
  }
}
