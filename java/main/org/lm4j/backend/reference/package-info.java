/**
 * The oracle: every operation in float64, as its textbook writes it, in plain loops on one thread.
 *
 * <p>The other backends are judged by this one and share no code with it. It is written to be read:
 * to see how a cell works, read {@link org.lm4j.backend.reference.LstmCell}, {@code GruCell} or
 * {@code ElmanCell}; to add one, write another {@code ReferenceCell}. {@code ReferenceRnn} runs
 * them through layers and time.
 *
 * <p>Results are the same bits on every machine and however a text is cut into windows: sums run in
 * a fixed order that depends on the length of the sum alone, weight gradients accumulate step by
 * step from the last to the first, and exp, tanh and log are those of {@link StrictMath}.
 */
@NullMarked
package org.lm4j.backend.reference;

import org.jspecify.annotations.NullMarked;
