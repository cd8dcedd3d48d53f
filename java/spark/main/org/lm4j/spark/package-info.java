/**
 * lm4j on Apache Spark: columns of scores, labels, embeddings, tokens and generated texts, counts
 * of words and n-grams, and the same as functions of SQL.
 *
 * <p>Each executor loads a model once, and its tasks share it. A row has the bits that it has in
 * one process, whatever partition it is in.
 */
@NullMarked
package org.lm4j.spark;

import org.jspecify.annotations.NullMarked;
