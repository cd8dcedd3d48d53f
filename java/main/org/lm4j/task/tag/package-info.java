/**
 * Sequence labelling: a tagger over words and their characters, CoNLL files, and scores by token
 * and by span.
 */
@NullMarked
package org.lm4j.task.tag;

import org.jspecify.annotations.NullMarked;
