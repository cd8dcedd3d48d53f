/** The commands of the language model: train, eval, generate, import and export. */
@NullMarked
package org.lm4j.cli.lm;

import org.jspecify.annotations.NullMarked;
