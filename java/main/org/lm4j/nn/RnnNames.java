package org.lm4j.nn;

/**
 * PyTorch's names of recurrent weights: {@code rnn.weight_hh_l1_reverse} is part 1 of layer 1 of
 * the reversed direction below the prefix {@code rnn.}.
 *
 * @param prefix what comes before
 * @param first number of the lowest layer
 * @param suffix empty, or {@link #REVERSE}
 */
record RnnNames(String prefix, int first, String suffix) {
  /** The suffix of the direction that reads from the end. */
  static final String REVERSE = "_reverse";

  private static final String[] NAMES = {"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"};

  /** Returns the names of a forward stack. */
  static RnnNames of(String prefix) {
    return new RnnNames(prefix, 0, "");
  }

  /** Returns the name of the part that a layout calls {@code weight_ih_l0} and so on. */
  String name(String part) {
    int digits = part.lastIndexOf("_l") + 2;
    int layer = Integer.parseInt(part.substring(digits));
    return prefix + part.substring(0, digits) + (first + layer) + suffix;
  }

  /**
   * Returns the name of part 0 to 3, in the order of {@code RnnLayout}, of the stack's layer {@code
   * layer}.
   */
  String name(int layer, int part) {
    return prefix + NAMES[part] + (first + layer) + suffix;
  }
}
