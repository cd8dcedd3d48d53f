package org.lm4j.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;

/**
 * A file of image names, one per line: the rows of a feature matrix, or the training part of a data
 * set, as Flickr8k lists it. Empty lines are skipped.
 */
public final class ImageNames {
  private final Path file;
  private final List<String> names = new ArrayList<>();
  private final Map<String, Integer> lines = new HashMap<>();

  private ImageNames(Path file) {
    this.file = file;
  }

  /**
   * Reads the names.
   *
   * @throws InputException if the file cannot be read, has no names, or has one twice
   */
  public static ImageNames read(Path file) {
    ImageNames images = new ImageNames(file);
    TextLines.read(file, images::add);
    if (images.names.isEmpty()) {
      throw new InputException(file + " has no names of images");
    }
    return images;
  }

  private void add(String line, int number) {
    String name = line.strip();
    if (name.isEmpty()) {
      return;
    }
    Integer earlier = lines.putIfAbsent(name, number);
    if (earlier != null) {
      throw new InputException(
          TextLines.place(file, number)
              + ": image '"
              + name
              + "' stands in line "
              + earlier
              + " already");
    }
    names.add(name);
  }

  /** Returns the file that was read. */
  public Path file() {
    return file;
  }

  /** Returns the names in the order of the file. */
  public List<String> names() {
    return List.copyOf(names);
  }

  /** Returns the number of names. */
  public int size() {
    return names.size();
  }

  /** Returns name {@code i}, counted from 0. */
  public String name(int i) {
    return names.get(i);
  }

  /** Returns whether this name is listed. */
  public boolean contains(String name) {
    return lines.containsKey(name);
  }

  /** Returns the file and line of name {@code i}, for messages. */
  public String place(int i) {
    return TextLines.place(file, lines.getOrDefault(names.get(i), 0));
  }
}
