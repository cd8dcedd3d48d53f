/** What commands report: tables, progress, and how a training runs and ends. */
@NullMarked
package org.lm4j.cli.report;

import org.jspecify.annotations.NullMarked;
