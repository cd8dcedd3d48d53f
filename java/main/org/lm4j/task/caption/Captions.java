package org.lm4j.task.caption;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.lm4j.InputException;
import org.lm4j.data.Caption;
import org.lm4j.data.ImageNames;

/**
 * The captions of a file, in its order, and by image. {@link CaptionFiles} reads them.
 *
 * <p>An image may have any number of captions, the same one twice included: people agree at times.
 */
public final class Captions {
  private final Path file;
  private final List<Caption> all;
  private final Map<String, List<Caption>> byImage = new LinkedHashMap<>();
  private final Map<String, String> splits; // by image, where the file has them

  /**
   * Creates the captions of a file.
   *
   * @throws InputException if there are none at all
   */
  Captions(Path file, List<Caption> all) {
    this(file, all, Map.of());
  }

  /**
   * Creates the captions of a file that assigns each image to a part of a data set.
   *
   * @param splits the part by image
   * @throws InputException if there are none at all
   */
  Captions(Path file, List<Caption> all, Map<String, String> splits) {
    this.splits = Map.copyOf(splits);
    if (all.isEmpty()) {
      throw new InputException(file + " has no captions");
    }
    this.file = file;
    this.all = List.copyOf(all);
    for (Caption caption : all) {
      byImage.computeIfAbsent(caption.image(), image -> new ArrayList<>()).add(caption);
    }
  }

  /** Returns the file that the captions were read from. */
  public Path file() {
    return file;
  }

  /** Returns all captions, in the order of the file. */
  public List<Caption> all() {
    return all;
  }

  /** Returns the names of the images, in the order of their first mention in the file. */
  public Set<String> images() {
    return Collections.unmodifiableSet(byImage.keySet());
  }

  /** Returns the captions of an image in the order of the file; none for an unknown image. */
  public List<Caption> of(String image) {
    return Collections.unmodifiableList(byImage.getOrDefault(image, List.of()));
  }

  /**
   * Returns the parts of the data set that images belong to; none where the file names no parts.
   */
  public Set<String> splits() {
    return new TreeSet<>(splits.values());
  }

  /**
   * Returns the captions of the images of some parts of the data set, in the order of the file.
   *
   * @param wanted the names of the parts, such as {@code train}; not all need to have images
   * @throws InputException if there is no image of these parts
   */
  public Captions ofSplits(Set<String> wanted) {
    List<Caption> chosen =
        all.stream()
            .filter(each -> wanted.contains(splits.getOrDefault(each.image(), "")))
            .toList();
    if (chosen.isEmpty()) {
      throw new InputException(
          "%s has no captions of the split %s; it has %s"
              .formatted(
                  file,
                  String.join(" or ", new TreeSet<>(wanted)),
                  splits().isEmpty() ? "no splits" : String.join(", ", splits())));
    }
    return new Captions(file, chosen, splits);
  }

  /**
   * Returns the captions of the listed images alone, in the order of the file.
   *
   * @throws InputException if a listed image has no caption, with the list's file and line
   */
  public Captions of(ImageNames images) {
    for (int i = 0; i < images.size(); i++) {
      if (!byImage.containsKey(images.name(i))) {
        throw new InputException(
            images.place(i) + ": image '" + images.name(i) + "' has no caption in " + file);
      }
    }
    return new Captions(
        file, all.stream().filter(caption -> images.contains(caption.image())).toList());
  }
}
