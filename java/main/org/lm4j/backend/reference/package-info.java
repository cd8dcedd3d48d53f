/**
 * The reference: every operation in float64, as its textbook writes it, in plain loops on one
 * thread.
 *
 * <p>The other backends are compared with this one and share no code with it. It is written to be
 * read. To see how a cell works, read {@link org.lm4j.backend.reference.ElmanCell}, {@code
 * LstmCell} or {@code GruCell}: one step, a sequence and truncated backpropagation through time,
 * over arrays in the letters of the equations. {@code ReferenceRnn} puts layers of them above each
 * other.
 *
 * <p>Results are the same bits on every machine and however a text is cut into windows: sums run in
 * a fixed order that depends on the length of the sum alone, weight gradients accumulate step by
 * step from the last to the first, and exp, tanh and log are those of {@link StrictMath}.
 */
@NullMarked
package org.lm4j.backend.reference;

import org.jspecify.annotations.NullMarked;
