/**
 * The cases that check a backend, in one place for three uses: the tests, {@code lm verify} and the
 * benchmarks.
 *
 * <p>{@link org.lm4j.verify.ParityCases} compares every operation with the float64 reference,
 * {@link org.lm4j.verify.GradientCases} compares the reference's own gradients with numeric
 * differences, {@link org.lm4j.verify.RefusalCases} hands every operation what it must refuse. All
 * data are drawn from a seed.
 */
@NullMarked
package org.lm4j.verify;

import org.jspecify.annotations.NullMarked;
