/**
 * Trains word vectors with skip-gram (negative sampling or the full softmax), and answers
 * nearest-neighbour and analogy queries.
 */
@NullMarked
package org.lm4j.task.embed;

import org.jspecify.annotations.NullMarked;
