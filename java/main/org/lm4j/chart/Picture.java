package org.lm4j.chart;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/**
 * A small picture of numbers, such as the weights from an image to one hidden unit. Stored as PNG
 * (ISO/IEC 15948), 8 bits per channel.
 */
public final class Picture {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final int GREY = 0;
  private static final int RGB = 2;

  private final int width;
  private final int height;
  private final double low;
  private final double high;
  private final byte[] png;

  private Picture(double[] values, int[] shape, double low, double high) {
    this.height = shape[0];
    this.width = shape[1];
    this.low = low;
    this.high = high;
    this.png = encode(values, shape[2], low, high);
  }

  /**
   * Creates a picture scaled from the smallest (dark) to the largest value (bright), for weights,
   * which have no natural range. NaN is dark.
   *
   * @param values height × width × channels, a pixel's channels beside each other
   * @param channels 1 for grey, 3 for red, green and blue
   */
  public static Picture stretched(double[] values, int height, int width, int channels) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      low = Double.isFinite(value) ? Math.min(low, value) : low;
      high = Double.isFinite(value) ? Math.max(high, value) : high;
    }
    return low > high
        ? of(values, height, width, channels, 0, 1)
        : of(values, height, width, channels, low, high);
  }

  /**
   * Creates a picture that is black at {@code low} and white at {@code high}.
   *
   * @param values height × width × channels, a pixel's channels beside each other
   * @param channels 1 for grey, 3 for red, green and blue
   * @throws IllegalArgumentException if the sizes do not fit together
   */
  public static Picture of(
      double[] values, int height, int width, int channels, double low, double high) {
    if (height < 1
        || width < 1
        || (channels != 1 && channels != 3)
        || (long) height * width * channels != values.length) {
      throw new IllegalArgumentException(
          values.length
              + " values are not a picture of "
              + height
              + " × "
              + width
              + " × "
              + channels);
    }
    return new Picture(values, new int[] {height, width, channels}, low, high);
  }

  /** Returns the width in pixels. */
  public int width() {
    return width;
  }

  /** Returns the height in pixels. */
  public int height() {
    return height;
  }

  /** Returns the value drawn black. */
  public double low() {
    return low;
  }

  /** Returns the value drawn white. */
  public double high() {
    return high;
  }

  /** Returns the picture as PNG. */
  public byte[] png() {
    return png.clone();
  }

  /** Returns the picture as a data URI. */
  String uri() {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
  }

  private byte[] encode(double[] values, int channels, double from, double to) {
    ByteArrayOutputStream pixels = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflated = new DeflaterOutputStream(pixels)) {
      int row = width * channels;
      for (int y = 0; y < height; y++) {
        deflated.write(0); // no filter
        for (int i = 0; i < row; i++) {
          deflated.write(level(values[y * row + i], from, to));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // writing to memory does not fail
    }
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put((byte) 8).put((byte) (channels == 1 ? GREY : RGB));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(SIGNATURE);
    chunk(file, "IHDR", header.array());
    chunk(file, "IDAT", pixels.toByteArray());
    chunk(file, "IEND", new byte[0]);
    return file.toByteArray();
  }

  private static int level(double value, double from, double to) {
    double part = to > from ? (value - from) / (to - from) : 0.5;
    return Double.isNaN(part) ? 0 : (int) Math.round(255 * Math.clamp(part, 0, 1));
  }

  private static void chunk(ByteArrayOutputStream file, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    file.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    file.writeBytes(name);
    file.writeBytes(data);
    file.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }
}
