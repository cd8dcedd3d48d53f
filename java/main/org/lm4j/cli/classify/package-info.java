/** The commands of {@code lm classify}. */
@NullMarked
package org.lm4j.cli.classify;

import org.jspecify.annotations.NullMarked;
