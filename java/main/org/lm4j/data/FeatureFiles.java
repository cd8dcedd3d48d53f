package org.lm4j.data;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.MemoryShortage;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.numpy.NpyFile;
import org.lm4j.io.numpy.NpzFile;
import org.lm4j.io.numpy.NpzWriter;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * Reads and writes image features.
 *
 * <ul>
 *   <li>{@code .npy}: (N, F) or (N, G, F), with a file of N names;
 *   <li>{@code .npz}: arrays {@code features} and {@code names}; or {@code features}, or a single
 *       array of any name, with a file of names; or one array (F) or (G, F) for each image, whose
 *       key is the image's name;
 *   <li>{@code .safetensors}: a tensor {@code features}, or a single one, with a file of names; or
 *       one tensor for each image.
 * </ul>
 *
 * <p>Any type that {@link NpyFile} and {@link SafetensorsFile} read becomes F32. A grid in rows and
 * columns, (N, H, W, F), is to be reshaped to (N, H·W, F) before it is saved: with the channels
 * second it would look the same but mean something else.
 */
public final class FeatureFiles {
  private static final String FEATURES = "features";
  private static final String NAMES = "names";
  private static final Pattern UNNAMED = Pattern.compile("arr_\\d+");

  private FeatureFiles() {}

  /**
   * Reads features from a file that also has the names of the images; the caller closes them.
   *
   * @throws InputException if the file cannot be read, has no names or a name twice, or a feature
   *     is not a finite number
   */
  public static Features read(Path file) {
    return read(file, null);
  }

  /** What is done with the features of training and validation, the latter null without any. */
  @FunctionalInterface
  public interface Use<R> {
    /** Uses the features, which are closed afterwards. */
    R with(Features training, @Nullable Features validation);
  }

  /**
   * Reads the features of training and validation, which may be the same file, and closes them once
   * they were used.
   *
   * @param validation null without validation
   * @throws InputException as {@link #read(Path)} does
   */
  public static <R> R use(Path training, @Nullable Path validation, Use<R> use) {
    try (Features first = read(training);
        Features second =
            validation == null || validation.equals(training) ? null : read(validation)) {
      return use.with(first, validation == null || second != null ? second : first);
    }
  }

  /**
   * Reads features, which the caller closes.
   *
   * @param names a file with the name of each row, or null if the file itself has them
   * @throws InputException if a file cannot be read or does not have one of these forms, a name
   *     occurs twice, or a feature is not a finite number
   */
  public static Features read(Path file, @Nullable Path names) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    ImageNames rows = names == null ? null : ImageNames.read(names);
    if (name.endsWith(".npy")) {
      if (rows == null) {
        throw new InputException(
            file + " has no names of images in it; give a file of names, one for each row");
      }
      return named(file, NpyFile.read(file), rows);
    }
    if (name.endsWith(".npz")) {
      try (NpzFile npz = NpzFile.open(file)) {
        return read(new Archive(file, npz.names(), npz::tensor), rows, npz);
      }
    }
    if (name.endsWith(".safetensors")) {
      try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
        return read(
            new Archive(file, tensors.names(), key -> copy(tensors.tensor(key))), rows, null);
      }
    }
    throw new InputException(
        file + ": features are read from .npy, .npz and .safetensors files only");
  }

  /**
   * Writes features as an {@code .npz} archive with the arrays {@code features} and {@code names}.
   *
   * @throws java.io.UncheckedIOException if it cannot be written; an old one is then unchanged
   */
  public static void write(Path file, Features features) {
    NpzWriter.write(file, Map.of(FEATURES, features.values()), Map.of(NAMES, features.names()));
  }

  private interface Loader {
    Tensor load(String key);
  }

  private record Archive(Path file, List<String> keys, Loader loader) {}

  private static Features read(
      Archive archive, @Nullable ImageNames rows, @Nullable NpzFile withTexts) {
    List<String> keys = archive.keys();
    if (rows != null) {
      if (!keys.contains(FEATURES) && keys.size() != 1) {
        throw new InputException(
            archive.file()
                + " has "
                + keys.size()
                + " arrays; with a file of names it needs a single one, or one named features");
      }
      String key = keys.contains(FEATURES) ? FEATURES : keys.getFirst();
      return named(archive.file(), archive.loader().load(key), rows);
    }
    if (withTexts != null && keys.contains(FEATURES) && keys.contains(NAMES)) {
      return finished(
          archive.file(),
          withTexts.texts(NAMES),
          archive.file() + ": array '" + NAMES + "'",
          archive.loader().load(FEATURES));
    }
    requireNames(archive);
    return oneByOne(archive);
  }

  /**
   * Refuses arrays that do not name an image: those that NumPy named, or with the features of many
   * images.
   */
  private static void requireNames(Archive archive) {
    List<String> keys = archive.keys();
    boolean unnamed = keys.stream().allMatch(key -> UNNAMED.matcher(key).matches());
    if (!keys.isEmpty() && (unnamed || keys.equals(List.of(FEATURES)))) {
      throw new InputException(
          "%s has the array %s, but no array of names; give a file of names, one for each row, or save it with features= and names="
              .formatted(archive.file(), keys.getFirst()));
    }
  }

  private static Features named(Path file, Tensor values, ImageNames rows) {
    return finished(file, rows.names(), rows.file().toString(), values);
  }

  /** Completes the checks and takes ownership of {@code values}, which is freed if they fail. */
  private static Features finished(
      Path file, List<String> names, String namesPlace, Tensor values) {
    Tensor owned = values;
    boolean complete = false;
    try {
      Shape shape = values.shape();
      if (shape.rank() < 2 || shape.rank() > 3 || shape.size() == 0) {
        throw new InputException(
            file + " holds " + shape + ", but features are (N, F), or (N, G, F) for a grid");
      }
      if (names.size() != shape.dim(0)) {
        throw new InputException(
            namesPlace + " names " + names.size() + " images, but " + file + " holds " + shape);
      }
      Set<String> seen = new HashSet<>();
      for (String name : names) {
        if (!seen.add(name)) {
          throw new InputException(namesPlace + " names image '" + name + "' twice");
        }
      }
      owned = toF32(values);
      requireFinite(file, names, owned);
      complete = true;
      return new Features(file.toString(), names, owned);
    } finally {
      if (!complete) {
        owned.storage().close();
      }
    }
  }

  private static Features oneByOne(Archive archive) {
    Path file = archive.file();
    if (archive.keys().isEmpty()) {
      throw new InputException(file + " has no arrays");
    }
    String firstKey = archive.keys().getFirst();
    Tensor first = archive.loader().load(firstKey);
    Shape form = first.shape();
    first.storage().close();
    Tensor all = allocate(file, archive.keys().size(), form, firstKey);
    boolean complete = false;
    try {
      for (int i = 0; i < archive.keys().size(); i++) {
        String key = archive.keys().get(i);
        Tensor one = archive.loader().load(key);
        try {
          if (!one.shape().equals(form)) {
            throw new InputException(
                place(file, key) + " is " + one.shape() + ", but '" + firstKey + "' is " + form);
          }
          copy(one, all.slice(i, 1));
        } finally {
          one.storage().close();
        }
      }
      requireFinite(file, archive.keys(), all);
      complete = true;
      return new Features(file.toString(), archive.keys(), all);
    } finally {
      if (!complete) {
        all.storage().close();
      }
    }
  }

  private static Tensor allocate(Path file, int images, Shape form, String key) {
    if (form.rank() < 1 || form.rank() > 2 || form.size() == 0) {
      throw new InputException(
          place(file, key)
              + " is "
              + form
              + ", but an image has (F) features, or (G, F) in a grid");
    }
    int[] dims = new int[form.rank() + 1];
    dims[0] = images;
    System.arraycopy(form.dims(), 0, dims, 1, form.rank());
    try {
      Shape shape = Shape.of(dims);
      return new Tensor(new HostStorage(Math.multiplyExact(4L, shape.size())), 0, shape, DType.F32);
    } catch (OutOfMemoryError | MemoryShortage | ArithmeticException e) {
      throw new InputException(file + ": its features are too large for the memory", e);
    }
  }

  private static Tensor toF32(Tensor values) {
    if (values.dtype() == DType.F32) {
      return values;
    }
    Tensor narrow = copy(values);
    values.storage().close();
    return narrow;
  }

  /** Returns a copy as F32. */
  private static Tensor copy(Tensor values) {
    Tensor copy = new Tensor(new HostStorage(4 * values.size()), 0, values.shape(), DType.F32);
    copy(values, copy);
    return copy;
  }

  private static void copy(Tensor from, Tensor to) {
    if (from.dtype() == to.dtype()) {
      to.segment().copyFrom(from.segment());
      return;
    }
    for (long i = 0; i < from.size(); i++) {
      to.set(i, from.get(i));
    }
  }

  private static void requireFinite(Path file, List<String> names, Tensor values) {
    long each = values.size() / names.size();
    MemorySegment segment = values.segment();
    for (long i = 0; i < values.size(); i++) {
      if (!Float.isFinite(segment.getAtIndex(JAVA_FLOAT, i))) {
        throw new InputException(
            place(file, names.get((int) (i / each)))
                + ": feature "
                + i % each
                + " is not a finite number");
      }
    }
  }

  private static String place(Path file, String image) {
    return file + ", image '" + image + "'";
  }
}
