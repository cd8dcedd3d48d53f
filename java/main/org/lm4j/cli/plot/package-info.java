/** {@code lm plot}: the curves of training runs as one page. */
@NullMarked
package org.lm4j.cli.plot;

import org.jspecify.annotations.NullMarked;
