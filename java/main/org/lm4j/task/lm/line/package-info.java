/** Losses of lines and segments that are read on their own, many at a time. */
@NullMarked
package org.lm4j.task.lm.line;

import org.jspecify.annotations.NullMarked;
