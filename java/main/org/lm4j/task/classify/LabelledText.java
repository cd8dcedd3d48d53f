package org.lm4j.task.classify;

/**
 * A text and its class.
 *
 * @param text one line
 * @param place file and line, for messages
 */
public record LabelledText(String label, String text, String place) {}
