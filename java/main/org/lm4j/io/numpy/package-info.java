/**
 * Reads and writes Reads and writes NumPy's files: arrays in {@code .npy}, archives of them in
 * {@code .npz}.
 */
@NullMarked
package org.lm4j.io.numpy;

import org.jspecify.annotations.NullMarked;
