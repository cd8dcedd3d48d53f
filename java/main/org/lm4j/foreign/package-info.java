/**
 * Finds and opens native libraries and binds their functions; the only user of {@link
 * java.lang.foreign.Linker} and {@link java.lang.foreign.SymbolLookup}.
 *
 * <p>A library stays open until the process ends: unloading code that may have started its own
 * threads is unsafe and has no benefit.
 */
@NullMarked
package org.lm4j.foreign;

import org.jspecify.annotations.NullMarked;
