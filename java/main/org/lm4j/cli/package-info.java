/** The command line: each command parses, calls one library method, and prints. */
@NullMarked
package org.lm4j.cli;

import org.jspecify.annotations.NullMarked;
