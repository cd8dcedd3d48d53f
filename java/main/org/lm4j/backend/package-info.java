/** Opens backends by name. */
@NullMarked
package org.lm4j.backend;

import org.jspecify.annotations.NullMarked;
