/** {@code lm inspect}: the gradients of a language model. */
@NullMarked
package org.lm4j.cli.inspect;

import org.jspecify.annotations.NullMarked;
