package org.lm4j.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lm4j.InputException;

/**
 * The captions of a file, in its order, and by image. {@link CaptionFiles} reads them.
 *
 * <p>An image may have any number of captions, the same one twice included: people agree at times.
 */
public final class Captions {
  private final Path file;
  private final List<Caption> all;
  private final Map<String, List<Caption>> byImage = new LinkedHashMap<>();

  /**
   * Of a file.
   *
   * @throws InputException if there are none at all
   */
  Captions(Path file, List<Caption> all) {
    if (all.isEmpty()) {
      throw new InputException(file + " has no captions");
    }
    this.file = file;
    this.all = List.copyOf(all);
    for (Caption caption : all) {
      byImage.computeIfAbsent(caption.image(), image -> new ArrayList<>()).add(caption);
    }
  }

  /** The file they stand in. */
  public Path file() {
    return file;
  }

  /** All captions, in the order of the file. */
  public List<Caption> all() {
    return all;
  }

  /** Names of the images, in the order in which the file first mentions them. */
  public Set<String> images() {
    return Collections.unmodifiableSet(byImage.keySet());
  }

  /** The captions of an image in the order of the file; none for an unknown image. */
  public List<Caption> of(String image) {
    return Collections.unmodifiableList(byImage.getOrDefault(image, List.of()));
  }

  /**
   * The captions of the listed images alone, in the order of the file.
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
