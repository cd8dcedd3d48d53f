package org.lm4j.task.classify;

/**
 * A text and its class.
 *
 * @param text one line
 * @param place file and line, as messages name it
 */
public record LabelledText(String label, String text, String place) {}
