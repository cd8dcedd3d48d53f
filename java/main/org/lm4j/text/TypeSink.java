package org.lm4j.text;

import java.util.function.IntConsumer;

/** Receives the types of a text in order, and the text between them. */
@FunctionalInterface
interface TypeSink extends IntConsumer {
  /**
   * Reports how many bytes and characters the text before the next type, or after the last, has
   * beyond those counted with the types; negative if fewer.
   */
  default void gap(long bytes, long characters) {}
}
