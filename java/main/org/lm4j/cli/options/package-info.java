/**
 * The options that commands share, the values that options take, their checks, and the page of help
 * that lists them.
 */
@NullMarked
package org.lm4j.cli.options;

import org.jspecify.annotations.NullMarked;
