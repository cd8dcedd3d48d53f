/** Output layers for large vocabularies: adaptive softmax and sampled softmax. */
@NullMarked
package org.lm4j.nn.softmax;

import org.jspecify.annotations.NullMarked;
