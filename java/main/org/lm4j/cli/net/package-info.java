/** The commands of {@code lm net}. */
@NullMarked
package org.lm4j.cli.net;

import org.jspecify.annotations.NullMarked;
