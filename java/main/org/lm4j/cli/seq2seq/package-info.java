/** The commands of {@code lm seq2seq}. */
@NullMarked
package org.lm4j.cli.seq2seq;

import org.jspecify.annotations.NullMarked;
