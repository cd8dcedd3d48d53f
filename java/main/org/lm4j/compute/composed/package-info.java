/**
 * What a backend gets for nothing: every operation made of a dozen others, and recurrent stacks
 * made of the equations of their cell.
 */
@NullMarked
package org.lm4j.compute.composed;

import org.jspecify.annotations.NullMarked;
