package org.lm4j.task.net;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/**
 * Small pictures with class labels, such as MNIST and CIFAR-10.
 *
 * <p>A picture is D = channels · height · width bytes: one channel after the other, each row by
 * row. Pictures are stored as bytes and widened batch by batch.
 */
public final class LabelledImages {
  private final String source;
  private final ImageFormat form;
  private final List<String> classes;
  private final byte[] pixels;
  private final byte[] labels;

  /**
   * Creates a data set from equally many pictures and labels, where every label is below the number
   * of classes.
   */
  LabelledImages(
      String source, ImageFormat form, List<String> classes, byte[] pixels, byte[] labels) {
    if ((long) labels.length * form.size() != pixels.length) {
      throw new IllegalArgumentException(
          labels.length + " labels for " + pixels.length + " bytes of pictures " + form);
    }
    this.source = source;
    this.form = form;
    this.classes = List.copyOf(classes);
    this.pixels = pixels;
    this.labels = labels;
  }

  /** Returns the file they were read from (the first of several), for messages. */
  public String source() {
    return source;
  }

  /** Returns the channels, rows and columns of each picture. */
  public ImageFormat form() {
    return form;
  }

  /** Returns the names of the classes; a label is an index into them. */
  public List<String> classes() {
    return classes;
  }

  /** Returns N, the number of pictures. */
  public int count() {
    return labels.length;
  }

  /**
   * Returns the class of picture {@code i}.
   *
   * @throws IndexOutOfBoundsException if there is no such picture
   */
  public int label(int i) {
    return labels[Objects.checkIndex(i, labels.length)];
  }

  /**
   * Returns byte {@code at} of picture {@code i}, from 0 to 255.
   *
   * @throws IndexOutOfBoundsException if there is no such picture or byte
   */
  public int pixel(int i, int at) {
    Objects.checkIndex(i, labels.length);
    Objects.checkIndex(at, form.size());
    return pixels[i * form.size() + at] & 0xff;
  }

  /**
   * Copies pictures as numbers from 0 to 1: byte / 255.
   *
   * @param images B indices of pictures
   * @param into F32 or F64 (B, D) on the host; overwritten
   * @throws IndexOutOfBoundsException if there is no such picture
   * @throws IllegalArgumentException if {@code into} has another form
   */
  public void copyPixels(int[] images, Tensor into) {
    int size = form.size();
    if (into.size() != (long) images.length * size || into.dtype() == DType.I32) {
      throw new IllegalArgumentException(
          images.length + " pictures of " + size + " bytes do not go into " + into);
    }
    MemorySegment segment = into.segment();
    for (int b = 0; b < images.length; b++) {
      int start = Objects.checkIndex(images[b], labels.length) * size;
      long target = (long) b * size;
      for (int at = 0; at < size; at++) {
        int value = pixels[start + at] & 0xff;
        if (into.dtype() == DType.F32) {
          segment.setAtIndex(JAVA_FLOAT, target + at, value / 255f);
        } else {
          into.set(target + at, value / 255.0);
        }
      }
    }
  }

  /**
   * Copies the labels of pictures.
   *
   * @param images B indices of pictures
   * @param into I32 with B elements on the host; overwritten
   * @throws IndexOutOfBoundsException if there is no such picture
   * @throws IllegalArgumentException if {@code into} has another form
   */
  public void copyLabels(int[] images, Tensor into) {
    if (into.size() != images.length || into.dtype() != DType.I32) {
      throw new IllegalArgumentException(images.length + " labels do not go into " + into);
    }
    for (int b = 0; b < images.length; b++) {
      into.set(b, label(images[b]));
    }
  }
}
