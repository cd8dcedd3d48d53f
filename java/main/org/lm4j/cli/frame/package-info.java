/**
 * What every command runs in: the terminal, standard output and input, text made safe to print, how
 * the program was called, exit codes.
 */
@NullMarked
package org.lm4j.cli.frame;

import org.jspecify.annotations.NullMarked;
