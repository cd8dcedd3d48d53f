/** The log of a run, read back, and the event files of TensorBoard. */
@NullMarked
package org.lm4j.train.log;

import org.jspecify.annotations.NullMarked;
