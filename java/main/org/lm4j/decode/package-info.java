/**
 * Generates text: picks the next token from logits and decides when to stop.
 *
 * <p>Sampling is pure arithmetic over {@code double[]} and a seed. A random number is addressed by
 * seed, sample and position, so the same seed gives the same text on any machine whose logits
 * agree, regardless of what was generated before it.
 *
 * <p>Threads may share a model; each needs its own generator or decoding state.
 */
@NullMarked
package org.lm4j.decode;

import org.jspecify.annotations.NullMarked;
