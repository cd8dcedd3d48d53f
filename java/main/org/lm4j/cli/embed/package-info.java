/** The commands of {@code lm embed}. */
@NullMarked
package org.lm4j.cli.embed;

import org.jspecify.annotations.NullMarked;
