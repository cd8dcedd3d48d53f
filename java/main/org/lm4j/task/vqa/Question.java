package org.lm4j.task.vqa;

/**
 * A question about an image, with its answer.
 *
 * @param kind what it asks for, such as {@code count}; empty where the file does not say
 * @param place file and line, for messages
 */
public record Question(String image, String text, String answer, String kind, String place) {}
