/**
 * Finding and opening native libraries and binding their functions: the only user of {@link
 * java.lang.foreign.Linker} and {@link java.lang.foreign.SymbolLookup}.
 *
 * <p>A library stays open until the process ends: unloading code that may have started threads of
 * its own is not safe, and nothing is gained by it.
 */
@NullMarked
package org.lm4j.foreign;

import org.jspecify.annotations.NullMarked;
