package org.lm4j.data;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lm4j.InputException;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Image features from a vision model or the scene renderer: F32 on the host, N named images, each a
 * vector of F numbers or a grid of G cells of F numbers, cells row by row.
 *
 * <p>Owns the memory; {@link FeatureFiles} reads it.
 */
public final class Features implements AutoCloseable {
  private final String source;
  private final List<String> names;
  private final Map<String, Integer> rows = new HashMap<>();
  private final Tensor values;

  /**
   * Takes ownership of {@code values} and frees it on closing.
   *
   * @param source their name in messages, such as a file
   * @param values F32 (N, F) or (N, G, F), finite, on the host
   * @throws IllegalArgumentException if the tensor or the number of names has another form, or a
   *     name occurs twice
   */
  public Features(String source, List<String> names, Tensor values) {
    Shape shape = values.shape();
    if (values.dtype() != DType.F32 || shape.rank() < 2 || shape.rank() > 3) {
      throw new IllegalArgumentException("features are F32 (N, F) or (N, G, F), not " + values);
    }
    if (names.size() != shape.dim(0)) {
      throw new IllegalArgumentException(names.size() + " names for features of " + shape);
    }
    this.source = source;
    this.names = List.copyOf(names);
    this.values = values;
    for (int i = 0; i < names.size(); i++) {
      if (rows.put(names.get(i), i) != null) {
        throw new IllegalArgumentException("two images named " + names.get(i));
      }
    }
  }

  /**
   * Returns the features of one image, which is called {@code image}; copied.
   *
   * @param values {@code (F)}, or {@code (G, F)} row by row
   * @param cells G, 0 for no grid
   * @param width F
   * @throws InputException if there are not as many values, or one is not a finite number
   */
  public static Features ofImage(float[] values, int cells, int width) {
    long wanted = (long) Math.max(1, cells) * width;
    if (values.length != wanted) {
      throw new InputException(
          "the image has %,d features, but the model takes %s"
              .formatted(values.length, form(cells, width)));
    }
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new InputException("a feature of the image is " + value + ", not a finite number");
      }
    }
    HostStorage storage = new HostStorage(wanted * DType.F32.bytes());
    MemorySegment.copy(
        MemorySegment.ofArray(values), 0, storage.segment(), 0, wanted * DType.F32.bytes());
    Shape shape = cells == 0 ? Shape.of(1, width) : Shape.of(1, cells, width);
    return new Features("the image", List.of("image"), new Tensor(storage, 0, shape, DType.F32));
  }

  /** Returns the names of the images, in the order of the rows. */
  public List<String> names() {
    return names;
  }

  /** Returns the features, (N, F) or (N, G, F), valid until this is closed. */
  public Tensor values() {
    return values;
  }

  /** Returns the features of each image as one vector: (N, F) or (N, G·F). A view. */
  public Tensor flat() {
    return values.reshape(count(), cells() * width());
  }

  /** Returns the number of images, N. */
  public int count() {
    return values.shape().dim(0);
  }

  /** Returns the number of cells, G; 1 if there is no grid. */
  public int cells() {
    return isGrid() ? values.shape().dim(1) : 1;
  }

  /** Returns F, the number of features of an image or, in a grid, of a cell. */
  public int width() {
    return values.shape().dim(-1);
  }

  /** Returns whether each image is a grid. */
  public boolean isGrid() {
    return values.shape().rank() == 3;
  }

  /** Returns whether there are features of this image. */
  public boolean contains(String image) {
    return rows.containsKey(image);
  }

  /**
   * Returns the row of an image.
   *
   * @param place where the image was named, for the message
   * @throws InputException if there are no features of it
   */
  public int row(String image, String place) {
    Integer row = rows.get(image);
    if (row == null) {
      throw new InputException(place + ": image '" + image + "' has no features in " + source);
    }
    return row;
  }

  /**
   * Returns the row of each caption's image.
   *
   * @throws InputException for the first caption whose image has no features, with its place
   */
  public int[] rows(List<Caption> captions) {
    return captions.stream().mapToInt(caption -> row(caption.image(), caption.place())).toArray();
  }

  /**
   * Copies the features of some images one after the other.
   *
   * @param images rows, each in [0, N)
   * @param target F32 on the host, as many numbers as those images have
   * @throws IllegalArgumentException if {@code target} has another size
   */
  public void copy(int[] images, Tensor target) {
    long each = (long) cells() * width();
    if (target.dtype() != DType.F32 || target.size() != images.length * each) {
      throw new IllegalArgumentException(
          images.length + " images of " + each + " features do not fill " + target);
    }
    MemorySegment from = values.segment();
    MemorySegment to = target.segment();
    long bytes = each * DType.F32.bytes();
    for (int i = 0; i < images.length; i++) {
      MemorySegment.copy(
          from, Objects.checkIndex(images[i], count()) * bytes, to, i * bytes, bytes);
    }
  }

  /**
   * Refuses features of a form other than the model's.
   *
   * @param cells G, 0 if the model has no grid
   * @param width F
   * @throws InputException if they are not of this form
   */
  public void requireForm(int cells, int width) {
    String wanted = form(cells, width);
    String given = form(isGrid() ? cells() : 0, width());
    if (!Objects.equals(wanted, given)) {
      throw new InputException(
          source + ": each image has " + given + ", but the model takes " + wanted);
    }
  }

  private static String form(int cells, int width) {
    return cells == 0
        ? width + " features"
        : "a grid of " + cells + " cells of " + width + " features";
  }

  @Override
  public void close() {
    values.storage().close();
  }
}
