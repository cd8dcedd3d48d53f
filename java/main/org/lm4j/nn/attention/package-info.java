/** Soft attention over a memory of vectors, and the recurrent decoder that attends at each step. */
@NullMarked
package org.lm4j.nn.attention;

import org.jspecify.annotations.NullMarked;
