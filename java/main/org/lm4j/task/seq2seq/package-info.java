/**
 * Sequence to sequence: an encoder, a decoder with attention, files of pairs, and synthetic tasks.
 */
@NullMarked
package org.lm4j.task.seq2seq;

import org.jspecify.annotations.NullMarked;
