/**
 * Letting a model write: how the next token is picked from logits, and when to stop.
 *
 * <p>Picking is pure arithmetic over {@code double[]} and a seed. A random number is addressed by
 * seed, sample and position, so the same seed gives the same text on any machine whose logits
 * agree, whatever was generated before it.
 *
 * <p>Threads may share a model; each needs a generator, or another writer, of its own.
 */
@NullMarked
package org.lm4j.decode;

import org.jspecify.annotations.NullMarked;
