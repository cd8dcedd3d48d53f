/**
 * The two-layer net on images: training, hyperparameter search, and the IDX and CIFAR-10 formats.
 */
@NullMarked
package org.lm4j.task.net;

import org.jspecify.annotations.NullMarked;
