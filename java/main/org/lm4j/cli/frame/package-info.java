/**
 * What the commands share: the terminal, options, converters, tables, progress and the training
 * command's frame.
 */
@NullMarked
package org.lm4j.cli.frame;

import org.jspecify.annotations.NullMarked;
