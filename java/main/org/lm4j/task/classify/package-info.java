/** Text classification: a recurrent encoder with pooling, files of labelled texts. */
@NullMarked
package org.lm4j.task.classify;

import org.jspecify.annotations.NullMarked;
