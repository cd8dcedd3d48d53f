package org.lm4j.data;

/**
 * A sentence about an image.
 *
 * @param image name of the image, as the features call it
 * @param text as it stands in the file, without space around it
 * @param place file and line, or file and record, for messages
 */
public record Caption(String image, String text, String place) {}
