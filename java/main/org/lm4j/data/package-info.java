/**
 * Data sets: captions and features of images, pictures with labels, scenes made up here, sentences
 * in CoNLL columns, texts with labels.
 *
 * <p>A file's errors are {@link org.lm4j.InputException}s of one sentence with the file and the
 * place in it. What a header claims is checked against the file's length before memory is taken.
 */
@NullMarked
package org.lm4j.data;

import org.jspecify.annotations.NullMarked;
