/**
 * Word vectors by skip-gram: negative sampling and the full softmax, nearest neighbours and
 * analogies.
 */
@NullMarked
package org.lm4j.task.embed;

import org.jspecify.annotations.NullMarked;
