package org.lm4j.task.scenes;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.lm4j.InputException;

/**
 * A scene of one to three objects on a grid of 4 × 4 cells, each in its own cell and different from
 * the others in colour or shape.
 *
 * @param objects the objects in reading order: by row, then by column
 */
public record Scene(List<SceneObject> objects) {
  /** The number of rows and columns of the grid. */
  public static final int GRID = 4;

  /** The number of cells of the grid. */
  public static final int CELLS = GRID * GRID;

  /** The largest number of objects. */
  public static final int MAX_OBJECTS = 3;

  /**
   * Puts the objects into reading order.
   *
   * @throws IllegalArgumentException if there are none or too many, or two share a cell or look the
   *     same
   */
  public Scene {
    objects = objects.stream().sorted(Comparator.comparingInt(SceneObject::cell)).toList();
    if (objects.isEmpty()
        || objects.size() > MAX_OBJECTS
        || objects.stream().mapToInt(SceneObject::cell).distinct().count() < objects.size()
        || objects.stream().map(SceneObject::words).distinct().count() < objects.size()) {
      throw new IllegalArgumentException("no scene has these objects: " + objects);
    }
  }

  /** Describes the scene, as {@code 5 red circle; 10 blue square}. */
  public String describe() {
    return objects.stream()
        .map(object -> object.cell() + " " + object.words())
        .collect(Collectors.joining("; "));
  }

  /**
   * Parses the output of {@link #describe}.
   *
   * @param place its position, for messages
   * @throws InputException if it is something else
   */
  public static Scene parse(String text, String place) {
    List<SceneObject> objects = new ArrayList<>();
    try {
      for (String object : text.strip().split(";\\s*", -1)) {
        String[] words = object.split(" ", -1);
        if (words.length != 3 || !words[0].matches("\\d{1,9}")) {
          throw new IllegalArgumentException("'" + object + "' is not a cell, colour and shape");
        }
        objects.add(
            new SceneObject(
                Integer.parseInt(words[0]),
                SceneColour.valueOf(words[1].toUpperCase(Locale.ROOT)),
                SceneShape.valueOf(words[2].toUpperCase(Locale.ROOT))));
      }
      return new Scene(objects);
    } catch (IllegalArgumentException e) {
      throw new InputException(place + ": '" + text + "' is not a scene", e);
    }
  }
}
