/**
 * n-gram models: counts of any size, interpolated modified Kneser-Ney estimation, tables that are
 * mapped into memory, and ARPA files. Pure data structures over token ids, without networks.
 */
@NullMarked
package org.lm4j.ngram;

import org.jspecify.annotations.NullMarked;
