package org.lm4j.task.vqa;

/**
 * A question about an image, with its answer.
 *
 * @param kind the kind of question, such as {@code count}; empty if the file does not specify it
 * @param place file and line, for messages
 */
public record Question(String image, String text, String answer, String kind, String place) {}
