/** How large a model of a text should be: sizes by name, and advice for the text at hand. */
@NullMarked
package org.lm4j.task.lm.size;

import org.jspecify.annotations.NullMarked;
