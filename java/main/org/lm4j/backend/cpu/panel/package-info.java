/**
 * In which numbers the CPU multiplies matrices: how the two factors of a product are stored for its
 * inner loop, and what multiplies them.
 */
@NullMarked
package org.lm4j.backend.cpu.panel;

import org.jspecify.annotations.NullMarked;
