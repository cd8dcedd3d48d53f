package org.lm4j.task.tag;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Converts lists of whole numbers to and from the text in a configuration, such as {@code 2,5}. */
public final class IntList {
  private IntList() {}

  /** Returns the numbers as a text; empty for none. */
  public static String write(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  /**
   * Returns the numbers of a text.
   *
   * @throws IllegalArgumentException if one is none, or below 1
   */
  static List<Integer> read(String text) {
    List<Integer> numbers = new ArrayList<>();
    if (text.isEmpty()) {
      return List.of();
    }
    for (String part : text.split(",", -1)) {
      int number;
      try {
        number = Integer.parseInt(part);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("'" + text + "' is not a list of whole numbers", e);
      }
      if (number < 1) {
        throw new IllegalArgumentException("'" + text + "' has a number below 1");
      }
      numbers.add(number);
    }
    return List.copyOf(numbers);
  }
}
