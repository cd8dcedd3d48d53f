/**
 * A two-layer net that classifies images, with hyperparameter search and readers of the IDX and
 * CIFAR-10 formats.
 */
@NullMarked
package org.lm4j.task.net;

import org.jspecify.annotations.NullMarked;
