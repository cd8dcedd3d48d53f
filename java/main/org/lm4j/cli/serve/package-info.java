/** The command that serves language models over HTTP. */
@NullMarked
package org.lm4j.cli.serve;

import org.jspecify.annotations.NullMarked;
