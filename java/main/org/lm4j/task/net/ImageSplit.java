package org.lm4j.task.net;

import java.util.Arrays;
import org.lm4j.InputException;
import org.lm4j.compute.RandomKey;
import org.lm4j.text.token.Sha256;
import org.lm4j.train.Unit;
import org.lm4j.train.batch.BatchTask;
import org.lm4j.train.batch.EpochOrder;

/**
 * A random split of pictures into a training and a validation set. It is random because sets such
 * as MNIST's test set are sorted by origin, so that their last pictures differ from their first.
 */
public final class ImageSplit {
  private static final int SITE_SPLIT = 1 << 17;
  private static final long BEFORE_TRAINING = -1;

  private final LabelledImages images;
  private final int[] training;
  private final int[] validation;

  private ImageSplit(LabelledImages images, int[] training, int[] validation) {
    this.images = images;
    this.training = training;
    this.validation = validation;
  }

  /** Returns all pictures. */
  public LabelledImages images() {
    return images;
  }

  /** Returns the indices of the training set. */
  public int[] training() {
    return training.clone();
  }

  /** Returns the indices of the validation set, which may be empty. */
  public int[] validation() {
    return validation.clone();
  }

  /**
   * Draws the validation set.
   *
   * @param held the number of pictures to hold out
   * @throws InputException if none is left for training
   */
  public static ImageSplit draw(LabelledImages images, int held, long seed) {
    if (held >= images.count()) {
      throw new InputException(
          "%s holds %d pictures: with %d held out there is none to train on"
              .formatted(images.source(), images.count(), held));
    }
    int[] order =
        EpochOrder.shuffled(images.count(), new RandomKey(seed, BEFORE_TRAINING), SITE_SPLIT);
    int[] validation = Arrays.copyOf(order, held);
    int[] training = Arrays.copyOfRange(order, held, order.length);
    Arrays.sort(validation);
    Arrays.sort(training);
    return new ImageSplit(images, training, validation);
  }

  /**
   * Draws a part of the pictures as the validation set.
   *
   * @param part of the pictures, in [0, 1)
   * @throws InputException if none is left for training
   */
  public static ImageSplit drawPart(LabelledImages images, double part, long seed) {
    return draw(images, (int) Math.round(part * images.count()), seed);
  }

  /**
   * Returns the identity of the data, which a resumed run checks: the hashes of pixels and labels,
   * in order.
   */
  BatchTask.Data known() {
    String heldOut = validation.length == 0 ? null : hash(validation);
    return new BatchTask.Data(Unit.PICTURES, images.source(), hash(training), heldOut);
  }

  private String hash(int[] pictures) {
    Sha256 digest = new Sha256();
    byte[] pixels = new byte[images.form().size()];
    for (int picture : pictures) {
      for (int at = 0; at < pixels.length; at++) {
        pixels[at] = (byte) images.pixel(picture, at);
      }
      digest.add(pixels).add(images.label(picture));
    }
    return digest.hex();
  }
}
