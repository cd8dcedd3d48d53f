/**
 * Reads the data sets that several tasks share: tables of labelled texts, pairs, questions and
 * captions, image features, and word vectors.
 *
 * <p>Invalid files raise an {@link org.lm4j.InputException} of one sentence that names the file and
 * the position in it. A header is checked against the file's length before memory is allocated.
 */
@NullMarked
package org.lm4j.data;

import org.jspecify.annotations.NullMarked;
