package org.lm4j.backend.cuda.driver;

/**
 * Arguments of a kernel launch as the driver wants them: an array of pointers to the values. Made
 * once and filled again for each launch, since the driver copies the values during the call.
 */
public final class LaunchArguments {
  /** How many arguments there is room for. */
  static final int CAPACITY = Scratch.SLOTS / 2;

  private final Scratch scratch = new Scratch();

  /** Word {@code CAPACITY + i} points at word {@code i}, which holds argument {@code i}. */
  public LaunchArguments() {
    for (int i = 0; i < CAPACITY; i++) {
      scratch.setLong(CAPACITY + i, scratch.at(i));
    }
  }

  /**
   * A device pointer, a {@code long long}, or an {@code int}, which is the lower half of the word.
   *
   * @param index from 0, below {@link #CAPACITY}
   */
  public void set(int index, long value) {
    scratch.setLong(index, value);
  }

  /** What {@link CudaModules#launch} takes. */
  public long address() {
    return scratch.at(CAPACITY);
  }
}
