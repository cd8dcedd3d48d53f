/** Options of commands that score text with mixtures of models and with models that adapt to it. */
@NullMarked
package org.lm4j.cli.adapt;

import org.jspecify.annotations.NullMarked;
