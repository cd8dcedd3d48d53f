/**
 * Charts as SVG, put together into pages of HTML that need nothing else: no script, no font, no
 * style from elsewhere.
 *
 * <p>A {@link org.lm4j.chart.Chart} is a title, a fragment of SVG and a {@linkplain
 * org.lm4j.chart.Table table} of its most telling values; a {@link org.lm4j.chart.Page} puts
 * charts, tables and text one after the other. The fragments take their colours from the page, by
 * classes, so that one fragment serves light and dark screens and paper. What is produced is
 * well-formed XML as well as HTML, and depends on nothing but the values given.
 */
@NullMarked
package org.lm4j.chart;

import org.jspecify.annotations.NullMarked;
