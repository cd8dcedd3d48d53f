package org.lm4j.task.net;

/**
 * The extents of a picture.
 *
 * @param channels 1 for grey, 3 for red, green, blue
 */
public record ImageFormat(int channels, int height, int width) {
  /**
   * Checks the extents.
   *
   * @throws IllegalArgumentException if one is below 1 or their product above 2^24
   */
  public ImageFormat {
    if (channels < 1
        || height < 1
        || width < 1
        || channels > 1 << 24
        || height > 1 << 24
        || width > 1 << 24
        || Math.multiplyHigh((long) channels * height, width) != 0
        || (long) channels * height * width > 1 << 24) {
      throw new IllegalArgumentException(
          "no picture has " + channels + " x " + height + " x " + width + " bytes");
    }
  }

  /** Returns the number of bytes of a picture: D. */
  public int size() {
    return channels * height * width;
  }
}
