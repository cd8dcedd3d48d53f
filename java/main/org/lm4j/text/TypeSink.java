package org.lm4j.text;

import java.util.function.IntConsumer;

/** Takes the types of a text in their order, and what lies between them. */
@FunctionalInterface
interface TypeSink extends IntConsumer {
  /**
   * The text before the next type, or behind the last, covers so many bytes and characters more
   * than the types are counted with; fewer where these are negative.
   */
  default void gap(long bytes, long characters) {}
}
