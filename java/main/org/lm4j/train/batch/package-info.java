/** Training on batches of examples, each shown once in an epoch, and what belongs to their data. */
@NullMarked
package org.lm4j.train.batch;

import org.jspecify.annotations.NullMarked;
