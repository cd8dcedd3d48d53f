/**
 * Opening a backend by the name users write: a plain switch.
 *
 * <p>A backend asked for by name that cannot be opened is an error that says what is missing. Only
 * {@code auto} falls back, and it says what it took and why.
 */
@NullMarked
package org.lm4j.backend;

import org.jspecify.annotations.NullMarked;
