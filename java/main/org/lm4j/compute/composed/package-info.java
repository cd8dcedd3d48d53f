/**
 * Default implementations for backends: every operation composed of a dozen others, and recurrent
 * stacks computed from the equations of their cell.
 */
@NullMarked
package org.lm4j.compute.composed;

import org.jspecify.annotations.NullMarked;
