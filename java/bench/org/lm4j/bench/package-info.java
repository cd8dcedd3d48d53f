/**
 * JMH benchmarks of the backend's operations and of whole steps, with a roofline. Built by the
 * profile {@code bench} alone; no part of the jar.
 */
@NullMarked
package org.lm4j.bench;

import org.jspecify.annotations.NullMarked;
