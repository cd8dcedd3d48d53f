package org.lm4j.data;

/**
 * A sentence about an image.
 *
 * @param image name of the image, as in the features
 * @param text the caption as in the file, without surrounding space
 * @param place file and line, or file and record, for messages
 */
public record Caption(String image, String text, String place) {}
