/** The outputs of {@code lm score} that other programs read: the formats of well-known tools. */
@NullMarked
package org.lm4j.cli.score;

import org.jspecify.annotations.NullMarked;
