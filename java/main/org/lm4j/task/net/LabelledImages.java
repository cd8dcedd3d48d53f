package org.lm4j.task.net;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Tensor;

/**
 * Small pictures of bytes with a class each: MNIST, CIFAR-10.
 *
 * <p>A picture is D = channels · height · width bytes: whole channels one after the other, each row
 * by row. Bytes stay bytes; a batch is widened when it is asked for.
 */
public final class LabelledImages {
  private final String source;
  private final ImageFormat form;
  private final List<String> classes;
  private final byte[] pixels;
  private final byte[] labels;

  /** Of pictures and labels that agree in number, every label below the number of classes. */
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

  /** The file they were read from, the first of several: what messages call them. */
  public String source() {
    return source;
  }

  /** Channels, rows and columns of each picture. */
  public ImageFormat form() {
    return form;
  }

  /** Names of the classes; a label is an index into them. */
  public List<String> classes() {
    return classes;
  }

  /** How many pictures there are, N. */
  public int count() {
    return labels.length;
  }

  /**
   * The class of picture {@code i}.
   *
   * @throws IndexOutOfBoundsException if there is no such picture
   */
  public int label(int i) {
    return labels[Objects.checkIndex(i, labels.length)];
  }

  /**
   * Byte {@code at} of picture {@code i}, from 0 to 255.
   *
   * @throws IndexOutOfBoundsException if there is no such picture or byte
   */
  public int pixel(int i, int at) {
    Objects.checkIndex(i, labels.length);
    Objects.checkIndex(at, form.size());
    return pixels[i * form.size() + at] & 0xff;
  }

  /**
   * Pictures as numbers: byte / 255, so from 0 to 1.
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
   * Labels of pictures.
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
