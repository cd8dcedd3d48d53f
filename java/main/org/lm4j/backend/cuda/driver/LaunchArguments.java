package org.lm4j.backend.cuda.driver;

/**
 * Arguments of a kernel launch as the driver wants them: an array of pointers to the values. Made
 * once and filled again for each launch, since the driver copies the values during the call.
 */
public final class LaunchArguments {
  /** The largest number of arguments. */
  static final int CAPACITY = Scratch.SLOTS / 2;

  private final Scratch scratch = new Scratch();

  /**
   * Creates the array of pointers: word {@code CAPACITY + i} points at word {@code i}, which holds
   * argument {@code i}.
   */
  public LaunchArguments() {
    for (int i = 0; i < CAPACITY; i++) {
      scratch.setLong(CAPACITY + i, scratch.at(i));
    }
  }

  /**
   * Sets a device pointer, a {@code long long}, or an {@code int}, which is the lower half of the
   * word.
   *
   * @param index from 0, below {@link #CAPACITY}
   */
  public void set(int index, long value) {
    scratch.setLong(index, value);
  }

  /** Returns the address of the pointers, for {@link CudaModules#launch}. */
  public long address() {
    return scratch.at(CAPACITY);
  }
}
