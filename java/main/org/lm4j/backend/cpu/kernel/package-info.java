/**
 * The inner loops of the CPU backend: one interface per family of kernels, implemented with the
 * Vector API and in plain loops. A kernel takes raw addresses and sizes that its caller has
 * checked.
 */
@NullMarked
package org.lm4j.backend.cpu.kernel;

import org.jspecify.annotations.NullMarked;
