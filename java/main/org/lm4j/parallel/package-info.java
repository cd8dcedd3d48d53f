/**
 * Several processes, or ranks, that train one model: what they exchange, which part of a batch each
 * computes, and sums over all of them that have the same bits in every run.
 */
@NullMarked
package org.lm4j.parallel;

import org.jspecify.annotations.NullMarked;
