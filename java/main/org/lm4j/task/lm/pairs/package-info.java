/**
 * Minimal pairs: two sentences that differ in one point, of which one is acceptable. A model gets a
 * pair right if it gives the acceptable sentence the higher probability.
 */
@NullMarked
package org.lm4j.task.lm.pairs;

import org.jspecify.annotations.NullMarked;
