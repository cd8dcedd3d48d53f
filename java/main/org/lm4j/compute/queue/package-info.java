/** Backends that many threads share: one operation at a time, in the order of arrival. */
@NullMarked
package org.lm4j.compute.queue;

import org.jspecify.annotations.NullMarked;
