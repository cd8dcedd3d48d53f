/**
 * How sure a loss is: bootstrap intervals of one model, and several models compared on one text.
 */
@NullMarked
package org.lm4j.task.lm.compare;

import org.jspecify.annotations.NullMarked;
