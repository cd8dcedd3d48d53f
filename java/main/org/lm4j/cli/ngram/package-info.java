/** The commands of {@code lm ngram}. */
@NullMarked
package org.lm4j.cli.ngram;

import org.jspecify.annotations.NullMarked;
