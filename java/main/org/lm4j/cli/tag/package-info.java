/** The commands of {@code lm tag}. */
@NullMarked
package org.lm4j.cli.tag;

import org.jspecify.annotations.NullMarked;
