package org.lm4j.cli.options;

import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/** The values of options, with the defaults for options that were not given. */
public final class Asked {
  private Asked() {}

  /** Returns what was asked for, or otherwise the other. */
  public static <T> T or(@Nullable T asked, T otherwise) {
    return Objects.requireNonNullElse(asked, otherwise);
  }

  /**
   * Returns what is made of values that were asked for.
   *
   * @throws InputException if it refuses them by an {@link IllegalArgumentException}
   */
  public static <T> T valid(Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }
}
