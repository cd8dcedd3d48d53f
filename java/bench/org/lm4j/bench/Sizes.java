package org.lm4j.bench;

import java.util.Arrays;

/** Sizes written as a parameter of a benchmark: {@code 2500x65x128}. */
final class Sizes {
  private Sizes() {}

  /**
   * The numbers of {@code text}.
   *
   * @throws IllegalArgumentException if there are not {@code count} of them, all above 0
   */
  static int[] parse(String text, int count) {
    int[] sizes;
    try {
      sizes = Arrays.stream(text.split("x", -1)).mapToInt(Integer::parseInt).toArray();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not a list of sizes like 700x200", e);
    }
    if (sizes.length != count || Arrays.stream(sizes).anyMatch(size -> size < 1)) {
      throw new IllegalArgumentException(
          "'" + text + "' must be " + count + " sizes above 0, as in 700x200");
    }
    return sizes;
  }
}
