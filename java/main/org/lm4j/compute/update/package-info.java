/** The step of an optimizer: its rule, its operations, and gradients that are zero in most rows. */
@NullMarked
package org.lm4j.compute.update;

import org.jspecify.annotations.NullMarked;
