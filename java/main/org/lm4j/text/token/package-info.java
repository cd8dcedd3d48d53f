/**
 * Ids of tokens as a file that is mapped into memory, and the batches that training and evaluation
 * read from it. Uses {@code int[]}, never tensors; what a token is, is decided in {@link
 * org.lm4j.text}.
 */
@NullMarked
package org.lm4j.text.token;

import org.jspecify.annotations.NullMarked;
