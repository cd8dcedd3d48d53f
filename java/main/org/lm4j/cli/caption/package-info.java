/** The commands of {@code lm caption}. */
@NullMarked
package org.lm4j.cli.caption;

import org.jspecify.annotations.NullMarked;
