/** The commands that measure models by comparison: of sentences, and of models with each other. */
@NullMarked
package org.lm4j.cli.compare;

import org.jspecify.annotations.NullMarked;
