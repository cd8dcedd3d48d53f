/**
 * Draws charts as SVG and combines them into self-contained HTML pages without external scripts,
 * fonts and styles.
 *
 * <p>A {@link org.lm4j.chart.Chart} is a title, a drawing and a {@linkplain org.lm4j.chart.Table
 * table} of its most important values; a {@link org.lm4j.chart.Page} has a title block, a few
 * figures in large type, and charts, tables and text. Drawings are as wide as their place, with
 * text of constant size, and take their colours from the page, by classes, so that one drawing
 * serves light and dark screens, phones and paper. The style sheet is {@code theme.css}, the
 * colours as custom properties, and {@code page.css}; {@code page.js} shows the values of a chart
 * to those who point at it or use the arrow keys. The output is well-formed as both XML and HTML,
 * and depends only on the values given.
 */
@NullMarked
package org.lm4j.chart;

import org.jspecify.annotations.NullMarked;
