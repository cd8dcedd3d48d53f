/**
 * Tries out a training before it begins: how much memory and time it takes, and which learning rate
 * suits it. Nothing is kept.
 */
@NullMarked
package org.lm4j.train.trial;

import org.jspecify.annotations.NullMarked;
