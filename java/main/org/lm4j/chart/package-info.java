/**
 * Draws charts as SVG and combines them into self-contained HTML pages without scripts or external
 * fonts and styles.
 *
 * <p>A {@link org.lm4j.chart.Chart} is a title, a fragment of SVG and a {@linkplain
 * org.lm4j.chart.Table table} of its most important values; a {@link org.lm4j.chart.Page} lists
 * charts, tables and text. The fragments take their colours from the page, by classes, so that one
 * fragment serves light and dark screens and paper. The output is well-formed as both XML and HTML,
 * and depends only on the values given.
 */
@NullMarked
package org.lm4j.chart;

import org.jspecify.annotations.NullMarked;
