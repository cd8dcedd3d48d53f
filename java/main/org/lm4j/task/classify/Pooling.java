package org.lm4j.task.classify;

/** The pooling of a sequence: how the outputs of recurrent layers are reduced to one vector. */
public enum Pooling {
  /** The final states, in both directions. */
  LAST("last"),
  /** The mean of the outputs. */
  MEAN("mean");

  private final String label;

  Pooling(String label) {
    this.label = label;
  }

  /** Returns the name in options and files. */
  public String label() {
    return label;
  }

  /**
   * Returns the pooling with this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Pooling of(String label) {
    for (Pooling pooling : values()) {
      if (pooling.label.equals(label)) {
        return pooling;
      }
    }
    throw new IllegalArgumentException("unknown pooling '" + label + "'; there are last, mean");
  }
}
